import type { EntryKind, LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { Transaction } from '../driver/connect.ts';
import { type EntryRow, entryColumns, toEntry } from '../ledger/ledger-rows.ts';

/** Names an order within all tenants. */
export type OrderKey = Readonly<{ tenantId: string; orderId: string }>;

/** An order's key, or that of the order that an entry belongs to, as text. */
export const orderKey = ({
  tenantId,
  orderId,
}: Readonly<{ tenantId: string; orderId?: string | undefined }>): string =>
  `${tenantId} ${orderId ?? ''}`;

const earn: EntryKind = 'EARN';

/** Reads the EARN entries of orders from every program of their tenants, also those that the caller has not heard of. */
export const readEarns = async (
  sql: Transaction,
  orders: readonly OrderKey[],
): Promise<readonly LedgerEntry[]> => {
  const rows = await sql<EntryRow[]>`
    select ${entryColumns(sql)}
    from unnest(
      ${orders.map(({ tenantId }) => tenantId)}::text[], ${orders.map(({ orderId }) => orderId)}::text[])
      as wanted (tenant_id, order_id)
    cross join lateral (
      select program from programs where programs.tenant_id = wanted.tenant_id offset 0) owned
    cross join lateral (
      select * from points_ledger entry
      where entry.tenant_id = wanted.tenant_id and entry.program = owned.program
        and entry.kind = ${earn} and entry.cause_id = wanted.order_id
      limit 1) ledger`;
  return rows.map(toEntry);
};
