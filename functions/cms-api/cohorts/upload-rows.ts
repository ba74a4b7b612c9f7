import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { identifier } from '#shared/eventing/contracts/fields.ts';
import type { BodyStream } from '#shared/runtime/http/body/body-stream.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';

/** A row of a file: a customer, or why it is none. */
export type UploadRow = Readonly<{ customerId: string } | { reason: string }>;

/** Media types of files with members. */
export const uploadTypes = ['text/csv', 'application/x-ndjson'] as const;

const lineCharactersMax = 4_096;

/**
 * The rows of a file, one by one as they arrive. CSV: the first column of each record. NDJSON: a
 * string per line, or an object with a `customerId`. An empty line is a row that is refused.
 * @throws HttpProblem 400 where the file cannot be read on.
 */
export const uploadRows = ({ mediaType, chunks }: BodyStream): AsyncGenerator<UploadRow> =>
  mediaType === 'text/csv' ? csvRows(chunks) : jsonRows(chunks);

async function* csvRows(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<UploadRow> {
  const parser = parse({
    bom: true,
    relax_column_count: true,
    max_record_size: lineCharactersMax,
  });
  const records = pipeline(Readable.from(chunks), parser, () => undefined);
  try {
    for await (const [first = ''] of records as AsyncIterable<readonly string[]>)
      yield toRow(first);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new HttpProblem(400, 'malformed-csv', `The file is not valid CSV: ${error.code}`);
  }
}

async function* jsonRows(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<UploadRow> {
  for await (const line of linesOf(chunks)) yield toRow(customerOf(line));
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if ([...lines, rest].some(({ length }) => length > lineCharactersMax)) throw lineTooLong();
    yield* lines;
  }
  if (rest !== '') yield rest;
}

const lineTooLong = (): HttpProblem =>
  new HttpProblem(400, 'line-too-long', `A line has more than ${lineCharactersMax} characters`);

const customerOf = (line: string): unknown => {
  try {
    const value: unknown = JSON.parse(line);
    const isObject = typeof value === 'object' && value !== null;
    return isObject && 'customerId' in value ? value.customerId : value;
  } catch {
    return undefined;
  }
};

const toRow = (value: unknown): UploadRow => {
  const result = identifier.safeParse(value);
  if (result.success) return { customerId: result.data };
  return { reason: result.error.issues[0]?.message ?? 'is not a customer' };
};
