import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { Sql, Transaction } from '../driver/connect.ts';

type Nullable<Type> = { [Key in keyof Type]: Type[Key] | null };

/** An entry as a query gives it, with null for what it does not have. */
export type EntryRow = Nullable<LedgerEntry> &
  Pick<LedgerEntry, 'tenantId' | 'program' | 'kind' | 'causeId'>;

/** The columns of an EntryRow, of a table or alias named `ledger`. */
export const entryColumns = (sql: Sql | Transaction) => sql`
  ledger.tenant_id, ledger.program, ledger.kind, ledger.cause_id, ledger.customer_id,
  ledger.account, ledger.points, ledger.counter_account, ledger.lot_id, ledger.expires_at,
  ledger.available_at, ledger.awaits, ledger.order_id, ledger.amount_minor, ledger.currency,
  ledger.rule_version, ledger.trace, ledger.reason, ledger.cause, ledger.occurred_at`;

/** The entry in a row of a query for entryColumns; further columns are left behind. */
export const toEntry = (row: EntryRow): LedgerEntry => {
  const entry = Object.fromEntries(
    entryFields.flatMap((field) => (row[field] === null ? [] : [[field, row[field]]])),
  );
  return entry as unknown as LedgerEntry;
};

const entryFields = [
  'tenantId',
  'program',
  'kind',
  'causeId',
  'customerId',
  'account',
  'points',
  'counterAccount',
  'lotId',
  'expiresAt',
  'availableAt',
  'awaits',
  'orderId',
  'amountMinor',
  'currency',
  'ruleVersion',
  'trace',
  'reason',
  'cause',
  'occurredAt',
] as const satisfies readonly (keyof LedgerEntry)[];

/** The columns of a Balance, of a table or alias named `balance`. */
export const balanceColumns = (sql: Sql | Transaction) => sql`
  balance.tenant_id, balance.customer_id, balance.program, balance.points, balance.pending,
  balance.reserved, balance.lifetime, balance.version, balance.reached_at`;
