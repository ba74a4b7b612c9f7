import { rowsOf, type Transaction } from '../driver/connect.ts';

/** So many codes of a pool. */
export type CouponRequest = Readonly<{ tenantId: string; pool: string; codes: number }>;

/** Codes in the order in which they are given out, by tenant and by pool within it. */
export type Coupons = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/**
 * Locks free codes of pools until the transaction ends, in their random order, as many as requested
 * or available. It waits for codes that another transaction has locked: they are free again if that
 * transaction does not issue them.
 */
export const lockCoupons = async (
  tx: Transaction,
  requests: readonly CouponRequest[],
): Promise<Coupons> => {
  const rows = await tx<Code[]>`
    select wanted.tenant_id, wanted.pool, free.code
    from (
      select * from ${rowsOf(tx, { demand: requests }, { tenantId: 'text', pool: 'text', codes: 'integer' })}
      order by 1, 2) wanted
    cross join lateral (
      select code, turn from coupon_codes
      where coupon_codes.tenant_id = wanted.tenant_id and coupon_codes.pool = wanted.pool
        and incentive_id is null and voided_at is null
      order by turn limit wanted.codes for update) free
    order by free.turn`;
  const byTenant = Map.groupBy(rows, ({ tenantId }) => tenantId);
  return new Map([...byTenant].map(([tenantId, own]) => [tenantId, byPool(own)]));
};

type Code = Readonly<{ tenantId: string; pool: string; code: string }>;

const byPool = (codes: readonly Code[]): ReadonlyMap<string, readonly string[]> =>
  new Map(
    [...Map.groupBy(codes, ({ pool }) => pool)].map(([pool, own]) => [
      pool,
      own.map(({ code }) => code),
    ]),
  );

/** A code that an incentive gives. */
type Coupon = Readonly<{ tenantId: string; couponCode: string | undefined; incentiveId: string }>;

/** Assigns locked codes to incentives, each to one permanently. */
export const claimCoupons = async (
  tx: Transaction,
  given: readonly Coupon[],
  claimedAt: Date,
): Promise<void> => {
  await tx`
    update coupon_codes set incentive_id = given.incentive_id, claimed_at = ${claimedAt}
    from ${rowsOf(tx, { given }, { tenantId: 'text', couponCode: 'text', incentiveId: 'uuid' })}
    where coupon_codes.tenant_id = given.tenant_id and coupon_codes.code = given.coupon_code`;
};

/** Voids the codes of incentives permanently: they are never issued again. */
export const voidCoupons = async (
  tx: Transaction,
  coupons: readonly Coupon[],
  voidedAt: Date,
): Promise<void> => {
  const given = coupons.filter(({ couponCode }) => couponCode !== undefined);
  if (given.length === 0) return;
  await tx`
    update coupon_codes set voided_at = ${voidedAt}
    where incentive_id = any(${given.map(({ incentiveId }) => incentiveId)}::uuid[]) and voided_at is null`;
};
