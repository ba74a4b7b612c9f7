import postgres, { type Fragment } from 'postgres';
import type { Sql, Transaction } from './connect.ts';

/**
 * Objects as a table for `from` or `join`: `{ wanted: keys }` are the rows of `wanted`, which has a
 * column for each of these fields in this order. `tenantId: 'text'` is the column `tenant_id` of
 * that type; undefined is null. Postgres gets each column as one array, so that a statement stays
 * the same however many rows it takes.
 */
export const rowsOf = <Row extends object>(
  sql: Sql | Transaction,
  table: Readonly<Record<string, readonly Row[]>>,
  types: Readonly<Partial<Record<keyof Row, ColumnType>>>,
): Fragment => {
  const [[name, rows] = ['', []]] = Object.entries(table);
  const fields = Object.keys(types) as (keyof Row & string)[];
  const arrays = fields.map((field, index) => {
    const cells = rows.map((row) => cellOf(row[field]));
    const cast = castOf(types[field] ?? 'text');
    return sql`${sql.unsafe(index === 0 ? '' : ',')} ${cells}::${sql.unsafe(cast)}`;
  });
  const columns = fields.map((field) => postgres.fromCamel(field)).join(', ');
  return sql`unnest(${arrays}) as ${sql.unsafe(`${name} (${columns})`)}`;
};

type ColumnType =
  | ('text' | 'uuid' | 'integer' | 'bigint' | 'float8')
  | ('boolean' | 'date' | 'timestamptz' | 'jsonb');

/** As text the others pass the driver as they are, `-infinity` among them. */
const castOf = (type: ColumnType): string =>
  ['text', 'uuid', 'integer', 'bigint', 'float8'].includes(type)
    ? `${type}[]`
    : `text[]::${type}[]`;

const cellOf = (value: unknown): string | number | null => {
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (value === undefined || value === null) return null;
  return value instanceof Date ? value.toISOString() : JSON.stringify(value);
};
