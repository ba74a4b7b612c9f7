import { assert } from '#shared/domain/assert.ts';
import { roomOf, shapeOf } from '#shared/domain/incentives/code-check.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { fromRow, type RowOf } from '../driver/from-row.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import { madeBy, recordChange } from '../journal/record-change.ts';

/** Names a pool of coupon codes. */
type PoolKey = Readonly<{ tenantId: string; pool: string }>;

/** A pool with how many of its codes are free, issued and void. */
export type CouponPool = Readonly<{
  pool: string;
  /** What its generated codes look like; undefined where codes only come from elsewhere. */
  pattern: string | undefined;
  createdAt: Date;
  createdBy: string;
  free: number;
  claimed: number;
  voided: number;
}>;

/** A code with the incentive that claimed it. */
export type CouponCode = Readonly<{
  code: string;
  incentiveId: string | undefined;
  claimedAt: Date | undefined;
  voidedAt: Date | undefined;
}>;

/** The outcome of creating a pool. */
export type PoolCreation = Readonly<
  { kind: 'created'; pool: CouponPool } | { kind: 'exists' } | { kind: 'unknown-tenant' }
>;

/** The outcome of generating codes. */
export type Generation = Readonly<
  | { kind: 'generated' }
  | { kind: 'no-pool' }
  | { kind: 'no-pattern' }
  /** The pattern has too few codes for so many. */
  | { kind: 'exhausted' }
>;

type Request = Readonly<{ subject: string; requestKey: string }>;
type Wanted = Request & Readonly<{ count: number; draw: Draw }>;

/** Draws so many random codes of a pattern. */
type Draw = (pattern: string, count: number) => readonly string[];

export type CouponPools = Readonly<{
  /** Makes a pool; of several at once under one name, one. Repeating a request changes nothing. */
  create: (key: PoolKey & Pick<CouponPool, 'pattern'>, request: Request) => Promise<PoolCreation>;
  find: (key: PoolKey) => Promise<CouponPool | undefined>;
  findCode: (key: PoolKey, code: string) => Promise<CouponCode | undefined>;
  /** Adds so many new codes, or none. Repeating a request changes nothing. */
  generate: (key: PoolKey, wanted: Wanted) => Promise<Generation>;
  /**
   * Adds the codes that no pool of the tenant has, and returns them. Undefined where there is no
   * such pool.
   */
  add: (
    key: PoolKey,
    codes: readonly string[],
    subject: string,
  ) => Promise<readonly string[] | undefined>;
}>;

/** Pools of coupon codes; a tenant has each code once. */
export const couponPools = (sql: Sql): CouponPools => ({
  create: (key, request) => inTransaction(sql, (tx) => create(tx, key, request)),
  find: (key) => withPostgres(() => find(sql, key)),
  findCode: (key, code) => withPostgres(() => findCode(sql, key, code)),
  generate: (key, wanted) => inTransaction(sql, (tx) => generate(tx, key, wanted)),
  add: (key, codes, subject) =>
    inTransaction(sql, async (tx) => {
      if ((await find(tx, key)) === undefined) return undefined;
      const added = await insert(tx, key, codes);
      const change = { tenantId: key.tenantId, subject, resource: `coupon-pools/${key.pool}` };
      const after = { count: added.length };
      if (added.length > 0) {
        await recordChange(tx, { ...change, action: 'coupon-codes.imported', after });
      }
      return added;
    }),
});

const find = async (
  sql: Sql | Transaction,
  { tenantId, pool }: PoolKey,
): Promise<CouponPool | undefined> => {
  const [found] = await sql<RowOf<CouponPool>[]>`
    select pool, pattern, created_at, created_by,
      count(code) filter (where incentive_id is null and voided_at is null) as free,
      count(code) filter (where incentive_id is not null and voided_at is null) as claimed,
      count(code) filter (where voided_at is not null) as voided
    from coupon_pools left join coupon_codes using (tenant_id, pool)
    where tenant_id = ${tenantId} and pool = ${pool} group by tenant_id, pool`;
  return found && fromRow<CouponPool>(found);
};

const findCode = async (
  sql: Sql,
  { tenantId, pool }: PoolKey,
  code: string,
): Promise<CouponCode | undefined> => {
  const [row] = await sql<RowOf<CouponCode>[]>`
    select code, incentive_id, claimed_at, voided_at
    from coupon_codes where tenant_id = ${tenantId} and pool = ${pool} and code = ${code}`;
  return row && fromRow<CouponCode>(row);
};

const create = async (
  tx: Transaction,
  key: PoolKey & Pick<CouponPool, 'pattern'>,
  request: Request,
): Promise<PoolCreation> => {
  const { tenantId, pool, pattern = null } = key;
  const tenants = await tx`select from tenants where tenant_id = ${tenantId} for key share`;
  if (tenants.count === 0) return { kind: 'unknown-tenant' };
  const made = await tx`
    insert into coupon_pools (tenant_id, pool, pattern, created_by) values (${tenantId}, ${pool}, ${pattern}, ${request.subject})
    on conflict (tenant_id, pool) do nothing`;
  const resource = `coupon-pools/${pool}`;
  const making = { tenantId, ...request, action: 'coupon-pool.created', after: { pattern } };
  if (made.count > 0) await recordChange(tx, { ...making, resource });
  else if ((await madeBy(tx, { ...making, resourcePrefix: resource })) !== resource) {
    return { kind: 'exists' };
  }
  const record = await find(tx, key);
  assert(record, 'a pool that was made is there');
  return { kind: 'created', pool: record };
};

const generate = async (
  tx: Transaction,
  key: PoolKey,
  { count, draw, ...request }: Wanted,
): Promise<Generation> => {
  const { tenantId, pool } = key;
  // Holding the pool lets one request after the other look and generate.
  const [locked] = await tx<{ pattern: string | null }[]>`
    select pattern from coupon_pools where tenant_id = ${tenantId} and pool = ${pool} for no key update`;
  if (locked === undefined) return { kind: 'no-pool' };
  if (locked.pattern === null) return { kind: 'no-pattern' };
  const resource = `coupon-pools/${pool}`;
  const making = { tenantId, ...request, action: 'coupon-codes.generated', after: { count } };
  if ((await madeBy(tx, { ...making, resourcePrefix: resource })) === resource) {
    return { kind: 'generated' };
  }
  if (!(await hasRoom(tx, tenantId, { pattern: locked.pattern, count })))
    return { kind: 'exhausted' };
  let missing = count;
  while (missing > 0) missing -= (await insert(tx, key, draw(locked.pattern, missing))).length;
  await recordChange(tx, { ...making, resource });
  return { kind: 'generated' };
};

const hasRoom = async (
  tx: Transaction,
  tenantId: string,
  { pattern, count }: Readonly<{ pattern: string; count: number }>,
): Promise<boolean> => {
  const [row] = await tx<{ drawn: number }[]>`
    select count(*) as drawn from coupon_codes where tenant_id = ${tenantId} and code like ${shapeOf(pattern)}`;
  return BigInt((row?.drawn ?? 0) + count) <= roomOf(pattern);
};

/** Inserts in the order of the codes, so that two imports wait for each other and never both. */
const insert = async (
  tx: Transaction,
  { tenantId, pool }: PoolKey,
  codes: readonly string[],
): Promise<readonly string[]> => {
  const rows = await tx<{ code: string }[]>`
    insert into coupon_codes (tenant_id, pool, code)
    select ${tenantId}, ${pool}, code from unnest(${codes}::text[]) code order by code
    on conflict (tenant_id, code) do nothing returning code`;
  return rows.map(({ code }) => code);
};
