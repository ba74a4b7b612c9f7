import type { EntryKind, LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { Transaction } from '../driver/connect.ts';
import { type EntryRow, entryColumns, toEntry } from '../ledger/ledger-rows.ts';
import { recordedEntry } from '../ledger/recorded-entry.ts';

/** Names an order within all tenants. */
export type OrderKey = Readonly<{ tenantId: string; orderId: string }>;

/** An order's key, or that of the order that an entry belongs to, as text. */
export const orderKey = ({
  tenantId,
  orderId,
}: Readonly<{ tenantId: string; orderId?: string | undefined }>): string =>
  `${tenantId} ${orderId ?? ''}`;

const earn: EntryKind = 'EARN';

/**
 * Reads the EARN entries of orders from every program of their tenants, also those that the caller
 * has not heard of.
 */
export const readEarns = async (
  sql: Transaction,
  orders: readonly OrderKey[],
): Promise<readonly LedgerEntry[]> => {
  const rows = await sql<EntryRow[]>`
    select ${entryColumns(sql)}
    from unnest(
      ${orders.map(({ tenantId }) => tenantId)}::text[], ${orders.map(({ orderId }) => orderId)}::text[])
      as placed (tenant_id, order_id)
    cross join lateral (
      select tenant_id, program, ${earn} as kind, placed.order_id as cause_id
      from programs where programs.tenant_id = placed.tenant_id offset 0) wanted
    cross join lateral (${recordedEntry(sql)}) ledger`;
  return rows.map(toEntry);
};
