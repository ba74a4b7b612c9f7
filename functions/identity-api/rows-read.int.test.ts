import { afterAll, expect, it } from 'vitest';
import {
  dataOf,
  localCustomers,
  localKeys,
  storedRecord,
} from '#scripts/matching/customer-fixture.ts';
import { streamRecords } from '#scripts/matching/stream-records.ts';
import { customerReader } from '#shared/stores/postgres/customers/customer-reader.ts';
import { linkReader } from '#shared/stores/postgres/customers/link-reader.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { personKeys } from '#shared/stores/postgres/privacy/person-keys.ts';
import { rowsRead } from '#shared/testing/rows-read.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';

const { url } = await testDatabase();
// One connection: rowsRead needs it.
const sql = connectPostgres({ url, max: 1 });
afterAll(() => sql.end());

const tables = [
  ...['customer_records', 'record_links', 'link_decisions', 'customers', 'matching_blocks'],
];
const customers = customerReader(sql, personKeys(sql, localKeys));
const links = linkReader(sql);
const records = Array.from(streamRecords({ seed: 29, people: 700 }), (own) =>
  storedRecord(own.record.source, dataOf(own)),
);
const pageSize = 20;

/** Rows that each of two requests reads. */
const rowsOfRequests = async () => {
  const [known] = await sql<{ recordId: string }[]>`
    select record_id from customer_records where customer_id is not null order by record_no limit 1`;
  const { details } = records.find(({ recordId }) => recordId === known?.recordId) ?? {};
  const blockKeys = localKeys.hashes.blockKeys('default', `phone ${details?.profile.phone}`);
  let found = 0;
  const searched = await rowsRead(sql, tables, async () => {
    found = (await customers.search('default', { blockKeys, limit: pageSize })).length;
  });
  let listed = 0;
  const reviewed = await rowsRead(sql, tables, async () => {
    listed = (await links.reviews('default', { after: undefined, limit: pageSize })).length;
  });
  expect([found, listed]).toEqual([1, pageSize]);
  return { searched, reviewed };
};

it('searches and lists reviews by keys, before the tables have statistics and after they have outgrown them', async () => {
  const { record } = localCustomers(sql);
  const importRecords = async (from: number, to: number) => {
    for (let at = from; at < to; at += 300) await record(records.slice(at, Math.min(to, at + 300)));
    // Pairs to review, far more than a page.
    await sql`
      insert into record_links (tenant_id, a, b, band, probability, score)
      select tenant_id, record_no, record_no + 1, 'REVIEW', 0.5 + random() / 4, '{}' from customer_records
      on conflict do nothing`;
  };
  const expectFew = async () => {
    const { searched, reviewed } = await rowsOfRequests();
    expect(searched).toBeLessThan(100);
    expect(reviewed).toBeLessThan(10 * pageSize);
  };
  await importRecords(0, 300);
  await expectFew();
  await sql`analyze`;
  await expectFew();
  await importRecords(300, records.length);
  await expectFew();
  await sql`analyze`;
  await expectFew();
});
