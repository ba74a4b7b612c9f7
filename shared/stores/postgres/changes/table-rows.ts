import { setTimeout as pause } from 'node:timers/promises';
import { Unavailable } from '#shared/domain/errors.ts';
import type { Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';

/** Values by column. */
export type Values = Readonly<Record<string, unknown>>;

/** A row as change data capture writes it. */
type CapturedRow = Readonly<{
  /** Its primary key. */
  key: Values;
  row: Values;
  /** Differs between two states of a row. */
  version: string;
}>;

/** Rows of one moment. */
export type CapturedRows = Readonly<{
  /**
   * A position of the write-ahead log: the rows show every change of them before it, and perhaps
   * later ones.
   */
  lsn: number;
  rows: readonly CapturedRow[];
}>;

/** The rows of a table in the order of its primary key. */
export type TableRows = Readonly<{
  page: (after: Values | undefined, rowsMax: number) => Promise<CapturedRows>;
  /** The rows with these keys; of those that are gone there is none. */
  find: (keys: readonly Values[]) => Promise<CapturedRows>;
}>;

type Column = Readonly<{ name: string; type: string; keyNo: number | null }>;

/** How long a transaction may be open before reading is given up. */
const patienceMs = 60_000;

/**
 * Reads a table as Debezium's connector writes it with `time.precision.mode` isostring: instants in
 * UTC with microseconds, days with a Z, JSON and UUIDs as text.
 * @throws Error where there is no such table, or it has no primary key.
 */
export const tableRows = async (sql: Sql, table: string): Promise<TableRows> => {
  const columns = await withPostgres(() => readColumns(sql, table));
  const key = columns.filter(({ keyNo }) => keyNo !== null).toSorted(byKeyNo);
  if (key.length === 0) throw new Error(`There is no table ${table} with a primary key`);
  const keyNames = key.map(({ name }) => quoted(name)).join(', ');
  const typedKey = key.map(({ name, type }) => `${quoted(name)} ${type}`).join(', ');
  const select = `
    select ${objectOf(key)} as key, ${objectOf(columns)} as row, captured.xmin::text as version
    from ${quoted(table)} captured`;

  const read = (text: string, values: readonly string[]): Promise<CapturedRows> =>
    withPostgres(async () => {
      const lsn = await settledPosition(sql);
      return { lsn, rows: await sql.unsafe<CapturedRow[]>(text, [...values]) };
    });

  return {
    page: (after, rowsMax) => {
      const bounds = key.map(({ type }, index) => `$${index + 1}::${type}`).join(', ');
      const where = after === undefined ? '' : `where (${keyNames}) > (${bounds})`;
      const values = after === undefined ? [] : key.map(({ name }) => String(after[name]));
      return read(`${select} ${where} order by ${keyNames} limit ${rowsMax}`, values);
    },
    find: (keys) =>
      read(
        `${select} join jsonb_to_recordset($1::text::jsonb) as wanted (${typedKey}) using (${keyNames})`,
        [JSON.stringify(keys)],
      ),
  };
};

const readColumns = (sql: Sql, table: string) => sql<Column[]>`
  select attname as name, format_type(atttypid, atttypmod) as type,
    array_position(index.indkey::int2[], attnum) as key_no
  from pg_attribute
  left join pg_index index on index.indrelid = attrelid and index.indisprimary
  where attrelid = to_regclass(quote_ident(${table})) and attnum > 0 and not attisdropped
  order by attnum`;

const byKeyNo = (one: Column, other: Column): number => (one.keyNo ?? 0) - (other.keyNo ?? 0);

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const objectOf = (columns: readonly Column[]): string =>
  `json_build_object(${columns.map((column) => `'${column.name}', ${valueOf(column)}`).join(', ')})`;

const valueOf = ({ name, type }: Column): string => {
  const column = quoted(name);
  if (type === 'timestamp with time zone')
    return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
  if (type === 'date') return `${column}::text || 'Z'`;
  return type === 'jsonb' ? `${column}::text` : column;
};

/**
 * A position of the write-ahead log before which every transaction has committed or rolled back, so
 * the next statement sees their changes.
 * @throws Unavailable where a transaction stays open.
 */
const settledPosition = async (sql: Sql): Promise<number> => {
  const [log] = await sql<[{ lsn: number }]>`
    select (pg_current_wal_insert_lsn() - '0/0')::bigint as lsn`;
  // Given after the position was read, so it is greater than that of anybody who wrote before it.
  const [own] = await sql<[{ id: string }]>`select pg_current_xact_id()::text as id`;
  const endsAt = performance.now() + patienceMs;
  while (performance.now() < endsAt) {
    const [row] = await sql<[{ isSettled: boolean }]>`
      select pg_snapshot_xmin(pg_current_snapshot()) > ${own.id}::xid8 as is_settled`;
    if (row.isSettled) return log.lsn;
    await pause(20);
  }
  throw new Unavailable('postgres', 'A transaction has been writing for more than a minute');
};
