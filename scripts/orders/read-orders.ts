import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import type { OrderRecord } from './order-record.ts';

/**
 * Reads orders from a file, line by line however long it is: `.ndjson` with one JSON object a line,
 * or `.csv` with the field names in its first line. Nothing is validated here: refusing invalid
 * records is the platform's task.
 * @throws Error for a file of another kind, or a CSV line with more or fewer fields than its
 * header.
 */
export async function* readOrders(file: string): AsyncGenerator<OrderRecord> {
  const kind = extname(file).toLowerCase();
  if (kind !== '.ndjson' && kind !== '.csv')
    throw new Error(`Orders are read from .csv or .ndjson, got ${file}`);
  const toValue = kind === '.csv' ? csvReader() : (line: string) => line;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const value = line.trim() === '' ? undefined : toValue(line);
    if (value !== undefined) yield { key: keyOf(value), value: Buffer.from(value), kind: 'order' };
  }
}

/**
 * Turns the lines after the first into JSON objects with the first line's names; all values stay
 * text.
 */
const csvReader = () => {
  let names: readonly string[] | undefined;
  return (line: string): string | undefined => {
    const fields = splitCsv(line);
    if (names === undefined) {
      names = fields;
      return undefined;
    }
    if (fields.length !== names.length) {
      throw new Error(
        `A CSV line has ${fields.length} fields, the header has ${names.length}: ${line.slice(0, 80)}`,
      );
    }
    const filled = names
      .map((name, index) => [name, fields[index]])
      .filter(([, value]) => value !== '');
    return JSON.stringify(Object.fromEntries(filled));
  };
};

/**
 * Fields of one line by RFC 4180: quoted fields may contain commas and doubled quotes, but here no
 * line breaks.
 */
const splitCsv = (line: string): readonly string[] =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '').trim() : quoted.replaceAll('""', '"'),
  );

/**
 * The customer, so that a customer's orders share a partition; any record will do where there is
 * none.
 */
const keyOf = (value: string): string =>
  /"customerId"\s*:\s*"([^"]+)"/.exec(value)?.[1] ?? 'unknown';
