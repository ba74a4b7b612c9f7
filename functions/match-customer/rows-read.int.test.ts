import { afterAll, expect, it } from 'vitest';
import { dataOf, localCustomers, storedRecord } from '#scripts/matching/customer-fixture.ts';
import { streamRecords } from '#scripts/matching/stream-records.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { rowsRead } from '#shared/testing/rows-read.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';

const { url } = await testDatabase();
// One connection: rowsRead needs it.
const sql = connectPostgres({ url, max: 1 });
afterAll(() => sql.end());

const tables = [
  ...['customer_records', 'record_links', 'link_decisions', 'customers', 'matching_blocks'],
];
const records = Array.from(streamRecords({ seed: 23, people: 800 }), (own) =>
  storedRecord(own.record.source, dataOf(own)),
);
/** With the records that it is compared with, and their links. */
const rowsOfRecordMax = 60;

it('reads rows by keys, before the tables have statistics and after they have outgrown them', async () => {
  const { record } = localCustomers(sql);
  const batchAt = (from: number, size: number) => record(records.slice(from, from + size));
  const readAt = (from: number) => rowsRead(sql, tables, () => batchAt(from, 100));
  await batchAt(0, 300);
  expect(await readAt(300)).toBeLessThan(rowsOfRecordMax * 100);
  await sql`analyze`;
  for (const from of [400, 900, 1_400]) await batchAt(from, 500);
  expect(await readAt(1_900)).toBeLessThan(rowsOfRecordMax * 100);
  await sql`analyze`;
  expect(await readAt(2_000)).toBeLessThan(rowsOfRecordMax * 100);
});
