import type { Transaction } from './connect.ts';
import { type AccountKey, accountKey, wantedAccounts } from './hold-accounts.ts';

/** An order that was paid, with what refunds have left of it and what its entries add up to. */
export type RecordedOrder = Readonly<{
  orderId: string;
  placedAt: Date;
  /** What the refunds that its program has applied left of it, in minor units. */
  amountMinor: number;
  currency: string;
  /** EARN, REVERSE and REVISE together. */
  paid: number;
  ruleVersion: number;
  /** The lot that it was paid into. */
  lotId: string;
  expiresAt: Date | undefined;
}>;

type Row = AccountKey & Omit<RecordedOrder, 'expiresAt'> & Readonly<{ expiresAt: Date | null }>;

/** Reads all orders that accounts were ever paid for, in no order. */
export const readRecordedOrders = async (
  sql: Transaction,
  keys: readonly AccountKey[],
): Promise<ReadonlyMap<string, readonly RecordedOrder[]>> => {
  if (keys.length === 0) return new Map();
  const rows = await sql<Row[]>`
    with entry as (
      select ledger.* from ${wantedAccounts(sql, keys)}
      cross join lateral (
        select * from points_ledger entry
        where entry.tenant_id = wanted.tenant_id and entry.customer_id = wanted.customer_id
          and entry.program = wanted.program and kind in ('EARN', 'REVERSE', 'REVISE')
        offset 0) ledger
    ), correction as (
      select tenant_id, customer_id, program, order_id, sum(points)::bigint as points,
        coalesce(sum(amount_minor) filter (where kind = 'REVERSE'), 0)::bigint as refunded_minor
      from entry where kind <> 'EARN'
      group by tenant_id, customer_id, program, order_id
    )
    select tenant_id as "tenantId", customer_id as "customerId", program, order_id as "orderId",
      occurred_at as "placedAt", currency, rule_version as "ruleVersion", lot_id as "lotId",
      expires_at as "expiresAt", earn.points + coalesce(correction.points, 0) as paid,
      amount_minor - coalesce(refunded_minor, 0) as "amountMinor"
    from entry earn
    left join correction using (tenant_id, customer_id, program, order_id)
    where earn.kind = 'EARN'`;
  const byAccount = Map.groupBy(rows, accountKey);
  return new Map(Array.from(byAccount, ([key, own]) => [key, own.map(toRecordedOrder)]));
};

const toRecordedOrder = (row: Row): RecordedOrder => ({
  orderId: row.orderId,
  placedAt: row.placedAt,
  amountMinor: row.amountMinor,
  currency: row.currency,
  paid: row.paid,
  ruleVersion: row.ruleVersion,
  lotId: row.lotId,
  expiresAt: row.expiresAt ?? undefined,
});
