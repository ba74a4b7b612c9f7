import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openDuck } from '#shared/stores/analytics/duck.ts';
import { fieldName, rowCharactersMax } from './file-row.ts';
import { openFile } from './open-file.ts';

const folder = await mkdtemp(join(tmpdir(), 'import-'));
afterAll(() => rm(folder, { recursive: true }));

const read = async (name: string, text: string, after = 0) => {
  const path = join(folder, name);
  await writeFile(path, text);
  const file = await openFile(path);
  return { columns: file.columns, rows: await Array.fromAsync(file.rows(after)) };
};

describe('openFile', () => {
  it('reads CSV by the names in its first row, with quotes, line breaks and gaps', async () => {
    const text =
      '\uFEFFName,Phone,Credit Card\r\n"Rao, ""Anil""",98,\r\n\r\n"Asha\nSen",97,4111\r\nlost,1\r\n';
    expect(await read('a.csv', text)).toEqual({
      columns: ['name', 'phone', 'creditCard'],
      rows: [
        { line: 2, fields: { name: 'Rao, "Anil"', phone: '98' } },
        { line: 5, fields: { name: 'Asha\nSen', phone: '97', creditCard: '4111' } },
        { line: 6, problem: 'has 2 fields, the first row has 3' },
      ],
    });
    expect((await read('a.csv', text, 2)).rows).toHaveLength(1);
  });

  it('reads NDJSON, and reports which lines are no objects without quoting them', async () => {
    const long = `{"name":"${'x'.repeat(2 * rowCharactersMax)}"}`;
    const text = `{"name":"Anil"}\n\n{"secret\n[]\n${long}\n{"name":"Asha"}`;
    const { rows } = await read('a.ndjson', text);
    expect(rows).toEqual([
      { line: 1, fields: { name: 'Anil' } },
      { line: 3, problem: 'is not valid JSON' },
      { line: 4, problem: 'is not a JSON object' },
      { line: 5, problem: 'has more than 1000000 characters' },
      { line: 6, fields: { name: 'Asha' } },
    ]);
    expect((await read('a.ndjson', text, 4)).rows).toEqual(rows.slice(4));
  });

  it('reads Parquet: numbers and times as text, structures as objects', async () => {
    const path = join(folder, 'a.parquet');
    const duck = await openDuck({ spillFolder: folder });
    await duck.run(
      `copy (select i as phone, 'c' || i as "Record ID", timestamp '2026-01-02 03:04:05' as changed_at,
         {'city': 'Pune', 'lines': [i]} as address from range(98, 5098) t(i)) to '${path}'`,
    );
    await duck.close();
    const file = await openFile(path);
    const rows = await Array.fromAsync(file.rows(0));
    const resumed = await Array.fromAsync(file.rows(4_000));
    await file.close();
    expect(file.columns).toEqual(['phone', 'recordId', 'changedAt', 'address']);
    expect(rows).toHaveLength(5_000);
    expect(rows[1]).toEqual({
      line: 2,
      fields: {
        ...{ phone: '99', recordId: 'c99', changedAt: '2026-01-02T03:04:05.000Z' },
        address: { city: 'Pune', lines: [99] },
      },
    });
    expect(resumed).toEqual(rows.slice(4_000));
  });

  it('refuses files that cannot be split into rows, without quoting them', async () => {
    await expect(read('b.csv', '')).rejects.toThrow('The file is empty');
    await expect(read('b.csv', `a,b\n1,"${'2'.repeat(2 * rowCharactersMax)}`)).rejects.toThrow(
      /The file cannot be read after line \d+: CSV_MAX_RECORD_SIZE/,
    );
    await expect(read('b.xml', '')).rejects.toThrow(
      'Files are .csv, .ndjson or .parquet, not .xml',
    );
  });
});

describe('fieldName', () => {
  it.each([
    ['Credit Card', 'creditCard'],
    ['credit_card', 'creditCard'],
    ['creditCard', 'creditCard'],
    ['CREDIT_CARD', 'creditCard'],
    ['ID', 'id'],
    ['Record ID ', 'recordId'],
    ['e-mail', 'eMail'],
  ])('makes %s %s', (column, field) => {
    expect(fieldName(column)).toBe(field);
  });
});
