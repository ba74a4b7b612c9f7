import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Duck, openDuck } from '#shared/stores/analytics/duck.ts';
import { type FileRow, fieldName, type RowFile } from './file-row.ts';

/**
 * A Parquet file. Values are text, those that are nested objects or lists; nulls are left out.
 * Times become text by ISO 8601, in UTC. A row's line is its number.
 * @throws Unavailable when the file cannot be read.
 */
export const parquetFile = async (path: string): Promise<RowFile> => {
  const duck = await openDuck({ memoryMb: 512, spillFolder: join(tmpdir(), 'guerdon-duckdb') });
  // Rows are counted where an import is interrupted, so they must come in the order of the file.
  await duck.run('set preserve_insertion_order = true');
  const { rows } = await duck.query('describe select * from read_parquet($1)', [path]);
  const columns = rows.map(([column, type]) => columnOf(column ?? '', type ?? ''));
  return {
    columns: columns.map(({ name }) => name),
    rows: (after) => readRows({ duck, path, columns }, after),
    close: duck.close,
  };
};

type Column = Readonly<{ name: string; sql: string; isNested: boolean }>;

const columnOf = (column: string, type: string): Column => {
  const quoted = `"${column.replaceAll('"', '""')}"`;
  const isNested = /^(STRUCT|MAP)|\[\d*\]$/.test(type);
  const sql = isNested
    ? `to_json(${quoted})::varchar`
    : type.startsWith('TIMESTAMP')
      ? `strftime(${quoted}::timestamp, '%Y-%m-%dT%H:%M:%S.%gZ')`
      : `${quoted}::varchar`;
  return { name: fieldName(column), sql, isNested };
};

type Open = Readonly<{ duck: Duck; path: string; columns: readonly Column[] }>;

async function* readRows({ duck, path, columns }: Open, after: number): AsyncGenerator<FileRow> {
  let line = after;
  const rows = duck.stream(
    `select ${columns.map(({ sql }) => sql).join(', ')}
     from read_parquet($1, file_row_number = true) where file_row_number >= $2`,
    [path, BigInt(after)],
  );
  for await (const row of rows) {
    line += 1;
    yield { line, fields: toFields(columns, row) };
  }
}

const toFields = (columns: readonly Column[], row: readonly (string | null)[]) =>
  Object.fromEntries(
    columns.flatMap(({ name, isNested }, index) => {
      const value = row[index];
      return value ? [[name, isNested ? (JSON.parse(value) as unknown) : value]] : [];
    }),
  );
