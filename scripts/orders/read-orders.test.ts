import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readOrders } from './read-orders.ts';

const folder = await mkdtemp(join(tmpdir(), 'orders-'));
afterAll(() => rm(folder, { recursive: true }));

const read = async (name: string, text: string) => {
  const file = join(folder, name);
  await writeFile(file, text);
  const records = await Array.fromAsync(readOrders(file));
  return records.map(({ key, value }) => [key, String(value)]);
};

describe('readOrders', () => {
  it('reads JSON lines as they are', async () => {
    const line = '{"orderId":"o-1","customerId":"c-1","amount":"10.00"}';
    expect(await read('a.ndjson', `${line}\n\n{broken\n`)).toEqual([
      ['c-1', line],
      ['unknown', '{broken'],
    ]);
  });

  it('reads CSV by the names in its first line, quotes and gaps included', async () => {
    const text = 'orderId,customerId,amount,note\r\no-1,c-1,10.00,"a ""b"", c"\r\no-2,c-2,5,\r\n';
    expect(await read('a.csv', text)).toEqual([
      ['c-1', '{"orderId":"o-1","customerId":"c-1","amount":"10.00","note":"a \\"b\\", c"}'],
      ['c-2', '{"orderId":"o-2","customerId":"c-2","amount":"5"}'],
    ]);
  });

  it('refuses a line that does not match its header, and files of another kind', async () => {
    await expect(read('b.csv', 'a,b\n1\n')).rejects.toThrow(
      'A CSV line has 1 fields, the header has 2: 1',
    );
    await expect(read('b.xml', '')).rejects.toThrow('Orders are read from .csv or .ndjson');
  });
});
