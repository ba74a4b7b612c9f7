import postgres, { type Fragment } from 'postgres';
import type { Sql, Transaction } from '#shared/stores/postgres/driver/connect.ts';

/**
 * The position of an entry in its tenant's chain: transactions in the order they began, entries
 * within one in the order they were recorded.
 */
export type Position = Readonly<{ transaction: number; entry: number }>;

/**
 * An entry as it is sealed: every column as text, null where it has none, in the order of the
 * query.
 */
export type SealedEntry = Readonly<Record<string, string | null>> &
  Readonly<{
    tenantId: string;
    transactionId: string;
    entryNo: string;
    program: string;
    kind: string;
    causeId: string;
  }>;

/**
 * Every column of points_ledger; instants as microseconds since 1970, so that neither precision nor
 * a time zone gets lost.
 */
export const sealedColumns = (sql: Sql | Transaction): Fragment => sql`
  tenant_id, transaction_id::text, entry_no::text, program, kind, cause_id, customer_id, account, points::text,
  counter_account, lot_id::text, ${microseconds(sql, 'expires_at')}, ${microseconds(sql, 'available_at')}, awaits,
  order_id, amount_minor::text, currency, rule_version::text, trace::text, reason, cause,
  ${microseconds(sql, 'occurred_at')}, ${microseconds(sql, 'recorded_at')}`;

const microseconds = (sql: Sql | Transaction, column: string): Fragment =>
  sql`trunc(extract(epoch from ${sql(column)}) * 1000000)::text as ${sql(column)}`;

/**
 * Writes an entry so that no other entry is written the same: name, length and value of each column
 * that has one. A column added later changes nothing about entries that do not have it.
 */
export const encodeEntry = (entry: SealedEntry): string => {
  let text = '';
  for (const [field, value] of Object.entries(entry)) {
    if (value !== null) text += `${columnOf(field)}=${value.length}:${value}`;
  }
  return `${text};`;
};

const columns = new Map<string, string>();

/** The column of a field, since seals were made of the names in Postgres. */
const columnOf = (field: string): string => {
  const column = columns.get(field) ?? postgres.fromCamel(field);
  columns.set(field, column);
  return column;
};

export const positionOf = ({ transactionId, entryNo }: SealedEntry): Position => ({
  transaction: Number(transactionId),
  entry: Number(entryNo),
});

/** Whether a position comes after another. */
export const isAfter = (one: Position, other: Position): boolean =>
  one.transaction === other.transaction
    ? one.entry > other.entry
    : one.transaction > other.transaction;
