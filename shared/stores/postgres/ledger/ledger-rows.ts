import type { Fragment } from 'postgres';
import type { LedgerConflict, LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { OpenLot } from '#shared/domain/ledger/lot.ts';
import { rowsOf, type Sql, type Transaction } from '../driver/connect.ts';
import { fromRow, type RowOf } from '../driver/from-row.ts';

/** An entry as a query returns it. */
export type EntryRow = RowOf<LedgerEntry>;

/** The columns of an EntryRow, of a table or alias named `ledger`. */
export const entryColumns = (sql: Sql | Transaction) => sql`
  ledger.tenant_id, ledger.program, ledger.kind, ledger.cause_id, ledger.customer_id,
  ledger.account, ledger.points, ledger.counter_account, ledger.lot_id, ledger.expires_at,
  ledger.available_at, ledger.awaits, ledger.order_id, ledger.amount_minor, ledger.currency,
  ledger.rule_version, ledger.trace, ledger.reason, ledger.cause, ledger.occurred_at`;

/** The entry in a row of a query for entryColumns alone. */
export const toEntry = fromRow<LedgerEntry>;

/** The columns of a Balance, of a table or alias named `balance`. */
export const balanceColumns = (sql: Sql | Transaction) => sql`
  balance.tenant_id, balance.customer_id, balance.program, balance.points, balance.pending,
  balance.reserved, balance.lifetime, balance.version, balance.reached_at`;

/** A lot as a query for lotColumns returns it. */
export type LotRow = RowOf<OpenLot>;

/** The columns of a LotRow. */
export const lotColumns = (sql: Sql | Transaction) => sql`
  lot_id, account, points, reserved, expires_at, available_at, awaits, order_id`;

/** The columns that name an entry: its business key. */
export const entryKeyColumns = {
  tenantId: 'text',
  program: 'text',
  kind: 'text',
  causeId: 'text',
} as const;

/**
 * Selects, in a lateral query, the entry with the business key in a row `wanted (tenant_id,
 * program, kind, cause_id)`: by the index of its customer's entries, in the one partition that has
 * it. No row if nothing was recorded under that key.
 */
export const recordedEntry = (sql: Sql | Transaction): Fragment => sql`
  select entry.* from ledger_keys known
  join points_ledger entry on entry.recorded_at = known.recorded_at and entry.customer_id = known.customer_id
    and entry.entry_no = known.entry_no and entry.tenant_id = wanted.tenant_id and entry.program = wanted.program
  where known.key = ledger_key(wanted.tenant_id, wanted.program, wanted.kind, wanted.cause_id)
  limit 1`;

/** The instant before which all entries of a tenant are archived; null where none is. */
export const archivedBefore = (sql: Sql | Transaction, tenantId: Fragment): Fragment => sql`
  (select max(archive.ends_at) from ledger_archives archive where archive.tenant_id = ${tenantId})`;

/** Whether an effect with a business key was recorded and its entry is archived. */
export const isArchived = (
  sql: Sql | Transaction,
  {
    tenantId,
    program,
    kind,
    causeId,
  }: Readonly<Record<'tenantId' | 'program' | 'kind' | 'causeId', Fragment>>,
): Fragment => sql`
  exists (select from ledger_keys known
    where known.key = ledger_key(${tenantId}, ${program}, ${kind}, ${causeId})
      and known.recorded_at < ${archivedBefore(sql, tenantId)})`;

/** What stays of an order whose entry is archived: enough to compare a repeated one with it. */
export type ArchivedOrder = Pick<LedgerEntry, 'tenantId' | LedgerConflict> &
  Readonly<{ orderId: string }>;

/** Reads those of the orders that are archived, in whatever program they were paid. */
export const readArchivedOrders = async (
  sql: Sql | Transaction,
  orders: readonly Pick<ArchivedOrder, 'tenantId' | 'orderId'>[],
): Promise<readonly ArchivedOrder[]> => {
  if (orders.length === 0) return [];
  const rows = await sql<ArchivedRow[]>`
    select placed.tenant_id, placed.order_id, customer_id, amount_minor, currency
    from (
      select placed.*, ends_at from ${rowsOf(sql, { placed: orders }, { tenantId: 'text', orderId: 'text' })}
      cross join lateral ${archivedBefore(sql, sql`placed.tenant_id`)} archive (ends_at)
      where ends_at is not null offset 0) placed
    cross join lateral (
      select known.customer_id, archived.amount_minor, archived.currency from programs
      cross join lateral (
        select * from archived_orders
        where key = ledger_key(placed.tenant_id, programs.program, 'EARN', placed.order_id) limit 1) archived
      join ledger_keys known on known.key = archived.key
      where programs.tenant_id = placed.tenant_id and known.recorded_at < placed.ends_at
      limit 1) archived`;
  return rows.map(({ amountMinor, currency, ...order }) => ({
    ...order,
    amountMinor: amountMinor ?? undefined,
    currency: currency ?? undefined,
  }));
};

type ArchivedRow = Omit<ArchivedOrder, 'amountMinor' | 'currency'> &
  Readonly<{ amountMinor: number | null; currency: string | null }>;
