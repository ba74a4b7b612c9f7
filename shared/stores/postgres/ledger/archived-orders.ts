import type { Fragment } from 'postgres';
import type { LedgerConflict, LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import { rowsOf, type Sql, type Transaction } from '../driver/connect.ts';

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
  const rows = await sql<Row[]>`
    select distinct on (placed.tenant_id, placed.order_id) placed.tenant_id, placed.order_id,
      known.customer_id, archived.amount_minor, archived.currency
    from (
      select placed.*, ends_at from ${rowsOf(sql, { placed: orders }, { tenantId: 'text', orderId: 'text' })}
      cross join lateral ${archivedBefore(sql, sql`placed.tenant_id`)} archive (ends_at)
      where ends_at is not null offset 0) placed
    join programs on programs.tenant_id = placed.tenant_id
    join archived_orders archived on archived.key = ledger_key(placed.tenant_id, programs.program, 'EARN', placed.order_id)
    join ledger_keys known on known.key = archived.key
    where known.recorded_at < placed.ends_at
    order by placed.tenant_id, placed.order_id`;
  return rows.map(({ amountMinor, currency, ...order }) => ({
    ...order,
    amountMinor: amountMinor ?? undefined,
    currency: currency ?? undefined,
  }));
};

type Row = Omit<ArchivedOrder, 'amountMinor' | 'currency'> &
  Readonly<{ amountMinor: number | null; currency: string | null }>;
