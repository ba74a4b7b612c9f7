import { assert } from '#shared/domain/assert.ts';
import { comesAfter } from '#shared/domain/earning/earning-account.ts';
import { byEventOrder } from '#shared/domain/earning/earning-order.ts';
import type { History, NumberedOrder } from '#shared/domain/earning/recorded-order.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Transaction } from '../driver/connect.ts';
import { eachRow } from '../driver/each-row.ts';

type WantedHistory = Readonly<{ key: WalletKey; history: History }>;

/**
 * Gives each account's history to the decision that needs it, in memory for a few orders at a time.
 */
export const readHistories = async (
  sql: Transaction,
  wanted: readonly WantedHistory[],
): Promise<void> => {
  if (wanted.length === 0) return;
  for await (const { index, ...order } of inEventOrder(eachRow(ordersOf(sql, wanted)))) {
    const history = wanted[index - 1]?.history;
    assert(history, `account ${index} of ${wanted.length} is wanted`);
    if (history.after === undefined || comesAfter(history.after.account, order))
      history.take({ ...order, expiresAt: order.expiresAt ?? undefined });
  }
};

type Row = Omit<NumberedOrder, 'expiresAt'> & Readonly<{ index: number; expiresAt: Date | null }>;

/**
 * Entries by their numbers, since the index of a customer's entries leads to them so; sorted by
 * time then.
 */
const ordersOf = (sql: Transaction, wanted: readonly WantedHistory[]) => sql<Row[]>`
  with entry as (
    select wanted.index, wanted.placed_at, ledger.* from unnest(
      ${wanted.map(({ key }) => key.tenantId)}::text[], ${wanted.map(({ key }) => key.customerId)}::text[],
      ${wanted.map(({ key }) => key.program)}::text[],
      ${wanted.map(({ history }) => history.after?.afterEntry ?? 0)}::bigint[],
      ${wanted.map(({ history }) => history.after?.account.last?.placedAt ?? '-infinity')}::text[]::timestamptz[])
      with ordinality as wanted (tenant_id, customer_id, program, after_entry, placed_at, index)
    cross join lateral (
      select kind, order_id, points, amount_minor, currency, rule_version, lot_id, expires_at, occurred_at, entry_no
      from points_ledger entry
      where entry.tenant_id = wanted.tenant_id and entry.customer_id = wanted.customer_id
        and entry.program = wanted.program and entry_no > wanted.after_entry
        and kind in ('EARN', 'REVERSE', 'REVISE')
      offset 0) ledger
  ), correction as (
    select index, order_id, sum(points)::bigint as points,
      coalesce(sum(amount_minor) filter (where kind = 'REVERSE'), 0)::bigint as refunded_minor
    from entry where kind <> 'EARN'
    group by index, order_id
  )
  select index, order_id, occurred_at as placed_at, currency, rule_version, lot_id, expires_at,
    entry_no,
    earn.points + coalesce(correction.points, 0) as paid,
    amount_minor - coalesce(refunded_minor, 0) as amount_minor
  from entry earn
  left join correction using (index, order_id)
  where earn.kind = 'EARN' and occurred_at >= placed_at
  order by index, occurred_at`;

/** Sorts orders of one instant by their ids in code units, which no collation of Postgres does. */
async function* inEventOrder(rows: AsyncIterable<Row>): AsyncGenerator<Row> {
  let atOnce: Row[] = [];
  for await (const row of rows) {
    const [first] = atOnce;
    if (first && (first.index !== row.index || Number(first.placedAt) !== Number(row.placedAt))) {
      yield* atOnce.toSorted(byEventOrder);
      atOnce = [];
    }
    atOnce.push(row);
  }
  yield* atOnce.toSorted(byEventOrder);
}
