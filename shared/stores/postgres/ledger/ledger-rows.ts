import type { Fragment } from 'postgres';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { OpenLot } from '#shared/domain/ledger/lot.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
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
