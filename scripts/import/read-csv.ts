import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { type FileRow, fieldName, type RowFile, rowCharactersMax } from './file-row.ts';

type Parsed = Readonly<{ record: readonly string[]; info: Readonly<{ lines: number }> }>;

/**
 * A file by RFC 4180 whose first row names the columns. Values are text; empty ones are left out.
 * @throws Error when it has no rows, or a row whose end cannot be found.
 */
export const csvFile = async (path: string): Promise<RowFile> => {
  const columns = await readColumns(path);
  return {
    columns,
    rows: (after) => readRows(path, { columns, after }),
    close: () => Promise.resolve(),
  };
};

const readColumns = async (path: string): Promise<readonly string[]> => {
  for await (const { record } of parsedRows(path)) return record.map(fieldName);
  throw new Error('The file is empty: its first row must name the columns');
};

async function* readRows(
  path: string,
  { columns, after }: Readonly<{ columns: readonly string[]; after: number }>,
): AsyncGenerator<FileRow> {
  let row = -1;
  for await (const { record, info } of parsedRows(path)) {
    row += 1;
    if (row <= after) continue;
    yield record.length === columns.length
      ? { line: info.lines, fields: toFields(columns, record) }
      : {
          line: info.lines,
          problem: `has ${record.length} fields, the first row has ${columns.length}`,
        };
  }
}

const toFields = (columns: readonly string[], record: readonly string[]) =>
  Object.fromEntries(
    columns.flatMap((column, index) => {
      const value = record[index]?.trim();
      return value ? [[column, value]] : [];
    }),
  );

async function* parsedRows(path: string): AsyncGenerator<Parsed> {
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: rowCharactersMax,
  });
  try {
    yield* pipeline(
      createReadStream(path, { highWaterMark: 1 << 18 }),
      parser,
      () => undefined,
    ) as AsyncIterable<Parsed>;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { lines } = error as CsvError & Readonly<{ lines?: number }>;
    // The message quotes the row.
    throw new Error(`The file cannot be read after line ${lines ?? '1'}: ${error.code}`);
  }
}
