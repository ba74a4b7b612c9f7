import { assert } from '#shared/domain/assert.ts';
import { byEventOrder } from '#shared/domain/earning/earning-order.ts';
import { comesAfter } from '#shared/domain/earning/earning-state.ts';
import type { Membership } from '#shared/domain/earning/program.ts';
import type { History, NumberedOrder } from '#shared/domain/earning/recorded-order.ts';
import type { EntryKind, LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { rowsOf, type Transaction } from '../driver/connect.ts';
import { eachRow } from '../driver/each-row.ts';
import { endless } from '../ledger/balance-snapshots.ts';
import { type EntryRow, entryColumns, recordedEntry, toEntry } from '../ledger/ledger-rows.ts';
import { wantedWallets } from '../ledger/lock-wallets.ts';

/** Names an order within all tenants. */
export type OrderKey = Readonly<{ tenantId: string; orderId: string }>;

/** The columns that name an order. */
export const orderColumns = { tenantId: 'text', orderId: 'text' } as const;

/** An order's key, or that of the order that an entry belongs to, as text. */
export const orderKey = ({
  tenantId,
  orderId,
}: Readonly<{ tenantId: string; orderId?: string | undefined }>): string =>
  `${tenantId} ${orderId ?? ''}`;

/** The kind of the entry that pays an order. */
export const earn: EntryKind = 'EARN';

/**
 * Reads the EARN entries of orders from every program of their tenants, including programs that the
 * caller has not loaded.
 */
export const readEarns = async (
  sql: Transaction,
  orders: readonly OrderKey[],
): Promise<readonly LedgerEntry[]> => {
  const rows = await sql<EntryRow[]>`
    select ${entryColumns(sql)}
    from ${rowsOf(sql, { placed: orders }, orderColumns)}
    cross join lateral (
      select tenant_id, program, ${earn} as kind, placed.order_id as cause_id
      from programs where programs.tenant_id = placed.tenant_id offset 0) wanted
    cross join lateral (${recordedEntry(sql)}) ledger`;
  return rows.map(toEntry);
};

type MembershipRow = Pick<WalletKey, 'tenantId' | 'customerId'> &
  Readonly<{ cohort: string; since: Date; until: Date | null }>;

/** Reads in which cohorts customers are or ever were, by tenant and customer. */
export const readMemberships = async (
  sql: Transaction,
  keys: readonly WalletKey[],
): Promise<ReadonlyMap<string, readonly Membership[]>> => {
  const rows = await sql<MembershipRow[]>`
    select tenant_id, customer_id, cohort, since, nullif(until, 'infinity') as until
    from (select distinct tenant_id, customer_id from ${wantedWallets(sql, keys)}) wanted
    cross join lateral (
      select cohort, since, until from cohort_members member
      where member.tenant_id = wanted.tenant_id and member.customer_id = wanted.customer_id
      offset 0) member`;
  const byCustomer = Map.groupBy(rows, ({ tenantId, customerId }) => `${tenantId} ${customerId}`);
  return new Map(
    Array.from(byCustomer, ([customer, own]) => [
      customer,
      own.map(({ cohort, since, until }) => ({ cohort, since, until: until ?? undefined })),
    ]),
  );
};

type WantedHistory = Readonly<{ key: WalletKey; history: History }>;

/**
 * Gives each wallet's history to the decision that needs it, in memory for a few orders at a time.
 */
export const readHistories = async (
  sql: Transaction,
  wanted: readonly WantedHistory[],
): Promise<void> => {
  if (wanted.length === 0) return;
  for await (const { index, ...order } of inEventOrder(eachRow(ordersOf(sql, wanted)))) {
    const history = wanted[index]?.history;
    assert(history, `wallet ${index} of ${wanted.length} is wanted`);
    if (history.after === undefined || comesAfter(history.after.state, order))
      history.take({ ...order, expiresAt: order.expiresAt ?? undefined });
  }
};

type OrderRow = Omit<NumberedOrder, 'expiresAt'> &
  Readonly<{ index: number; expiresAt: Date | null }>;

const wantedColumns = {
  index: 'integer',
  tenantId: 'text',
  customerId: 'text',
  program: 'text',
  afterEntry: 'bigint',
  placedAt: 'timestamptz',
  until: 'timestamptz',
} as const;

const toWanted = ({ key, history: { after, until } }: WantedHistory, index: number) => ({
  ...key,
  index,
  afterEntry: after?.afterEntry ?? 0,
  placedAt: after?.state.last?.placedAt ?? '-infinity',
  until: until ?? 'infinity',
});

/**
 * Entries by their numbers, since the index of a customer's entries leads to them so; sorted by
 * time then.
 */
const ordersOf = (sql: Transaction, wanted: readonly WantedHistory[]) => sql<OrderRow[]>`
  with entry as (
    select wanted.index, wanted.placed_at, wanted.until, ledger.* from ${rowsOf(sql, { wanted: wanted.map(toWanted) }, wantedColumns)}
    cross join lateral (
      select kind, order_id, points, amount_minor, currency, rule_version, lot_id, expires_at, occurred_at, entry_no
      from points_ledger entry
      where entry.tenant_id = wanted.tenant_id and entry.customer_id = wanted.customer_id
        and entry.program = wanted.program and entry_no > wanted.after_entry and entry_no <= ${endless}
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
  where earn.kind = 'EARN' and occurred_at >= placed_at and occurred_at <= until
  order by index, occurred_at`;

/** Sorts orders of one instant by their ids in code units, which no collation of Postgres does. */
async function* inEventOrder(rows: AsyncIterable<OrderRow>): AsyncGenerator<OrderRow> {
  let atOnce: OrderRow[] = [];
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
