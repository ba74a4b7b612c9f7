import { afterAll, expect, it } from 'vitest';
import {
  dataOf,
  localCustomers,
  localKeys,
  storedRecord,
} from '#scripts/matching/customer-fixture.ts';
import { streamRecords } from '#scripts/matching/stream-records.ts';
import { customerReader } from '#shared/stores/postgres/customers/customer-reader.ts';
import { linkReader } from '#shared/stores/postgres/customers/links/link-reader.ts';
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
    const page = { blockKeys, after: 0, limit: pageSize };
    found = (await customers.search('default', page)).customers.length;
  });
  let listed = 0;
  const reviewed = await rowsRead(sql, tables, async () => {
    const page = { after: undefined, limit: pageSize };
    listed = (await links.reviews('default', page)).links.length;
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

it('searches a value that every record shares page by page, and finds all customers', async () => {
  const [key, limit] = ['7', 50];
  await sql`insert into matching_blocks select ${key}::bigint, record_no from customer_records`;
  const found = new Set<number>();
  const searchFrom = async (after: number): Promise<void> => {
    const page = { blockKeys: [key], after, limit };
    const nexts: (number | undefined)[] = [];
    // Not customers: a page of a small table may be read by a sequential scan.
    const shared = ['matching_blocks', 'customer_records'];
    const read = await rowsRead(sql, shared, async () => {
      const { customers: own, next } = await customers.search('default', page);
      for (const { customerId } of own) found.add(customerId);
      nexts.push(next);
    });
    expect(read).toBeLessThan(4 * limit);
    const [next] = nexts;
    if (next !== undefined) await searchFrom(next);
  };
  await searchFrom(0);
  const all = await sql<{ customerId: number }[]>`
    select distinct customer_id from customer_records where customer_id is not null`;
  expect(found).toEqual(new Set(all.map(({ customerId }) => customerId)));
});

it('lists reviews without reading pairs that were decided, and all that are open', async () => {
  const pagesOf = async () => {
    const listed: string[] = [];
    let after: readonly [number, number, number] | undefined;
    do {
      const { links: own, next } = await links.reviews('default', { after, limit: 400 });
      listed.push(...own.map(({ a, b }) => `${a} ${b}`));
      after = next;
    } while (after !== undefined);
    return listed;
  };
  const before = await pagesOf();
  const decided = new Set(before.slice(0, before.length - pageSize));
  expect(decided.size).toBeGreaterThan(20 * pageSize);
  await sql`
    insert into link_decisions (tenant_id, a, b, decided, decided_by)
    select 'default', split_part(pair, ' ', 1)::bigint, split_part(pair, ' ', 2)::bigint, 'DIFFERENT', 'test'
    from unnest(${[...decided]}::text[]) pair`;
  // Pairs whose records were joined by others are skipped.
  const [joined] = await sql<[{ pairs: number }]>`
    select count(*)::int as pairs from record_links link
    join customer_records one on one.record_no = a join customer_records other on other.record_no = b
    where band = 'REVIEW' and one.customer_id = other.customer_id`;
  // Until autovacuum removes them, the index has the old row versions; it cannot while another
  // transaction may see them.
  const read = async () => {
    await sql`vacuum record_links`;
    return rowsRead(sql, tables, async () => {
      const { links: own } = await links.reviews('default', { after: undefined, limit: pageSize });
      expect(own).toHaveLength(pageSize);
    });
  };
  await expect.poll(read).toBeLessThan(10 * pageSize + 5 * joined.pairs);
  expect(await pagesOf()).toEqual(before.filter((pair) => !decided.has(pair)));
  await sql`delete from link_decisions where decided_by = 'test'`;
  expect(await pagesOf()).toEqual(before);
});
