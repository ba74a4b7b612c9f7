import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  customerSets,
  dataOf,
  localCustomerOptions,
  localCustomers,
  localTerms,
  storedRecord,
} from '#scripts/matching/customer-fixture.ts';
import { generateRecords } from '#scripts/matching/generate-records.ts';
import { matchRecords } from '#scripts/matching/match-records.ts';
import { seededRandom } from '#scripts/orders/random.ts';
import { assert } from '#shared/domain/assert.ts';
import { recordName } from '#shared/domain/matching/record-details.ts';
import { assignCustomers } from '#shared/stores/postgres/customers/assign-customers.ts';
import type { CustomerRecord } from '#shared/stores/postgres/customers/customer-record.ts';
import { lockCustomers } from '#shared/stores/postgres/customers/lock-customers.ts';
import { connectPostgres, type Sql } from '#shared/stores/postgres/driver/connect.ts';
import { inTransaction } from '#shared/stores/postgres/driver/transaction.ts';
import { recordedStatements } from '#shared/testing/recorded-statements.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';

const { url } = await testDatabase();
const pools = Array.from({ length: 2 }, () => connectPostgres({ url, max: 4 }));
const [sql] = pools as [Sql];
/** Two pods, each with its own caches. */
const pods = pools.map((pool) => localCustomers(pool));
const [pod] = pods as [ReturnType<typeof localCustomers>];
afterAll(() => Promise.all(pools.map((pool) => pool.end())));

let tenants = 0;
const newTenant = async (): Promise<string> => {
  const tenantId = `t-${(tenants += 1)}`;
  await sql`insert into tenants (tenant_id, name, currency) values (${tenantId}, 'Test', 'INR')`;
  return tenantId;
};

const shuffled = <Item>(items: readonly Item[], seed: number): readonly Item[] => {
  const random = seededRandom(seed);
  return items
    .map((item) => ({ item, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
};

/** Splits records into random batches, of both sources as they come. */
const batchesOf = (all: readonly CustomerRecord[], seed: number) => {
  const random = seededRandom(seed);
  const batches: CustomerRecord[][] = [];
  for (const record of all) {
    if (batches.length === 0 || random() < 0.05) batches.push([]);
    batches.at(-1)?.push(record);
  }
  return batches;
};

const inTenant = (tenantId: string, records: readonly CustomerRecord[]) =>
  records.map((own) =>
    storedRecord(
      own.source,
      {
        ...own.details.given,
        ...{ tenantId, recordId: own.recordId, documentId: undefined },
      },
      own.changedAt,
    ),
  );

const labelled = generateRecords({ seed: 7, people: 60 });
const generated = labelled.map((own) => storedRecord(own.record.source, dataOf(own)));

describe('recordCustomers', () => {
  it('ends with the same customers as one batch of everything, for any order, redeliveries, late records and two pods', async () => {
    const both = (cluster: readonly string[]) =>
      new Set(cluster.map((name) => name.split(':')[0])).size > 1;
    const profiles = generated.map(({ details: { profile } }) => ({
      ...profile,
      recordId: recordName(profile),
    }));
    const expected = matchRecords(profiles).filter(both);
    for (const seed of [1, 2]) {
      const tenantId = await newTenant();
      const own = inTenant(tenantId, generated);
      const older = own.slice(0, 40).map((record, index) => ({
        ...inTenant(tenantId, [own[(index + 7) % own.length] ?? record])[0]!,
        ...{ recordId: record.recordId, source: record.source, changedAt: new Date(0) },
      }));
      const batches = batchesOf(shuffled([...own, ...own, ...older], seed), seed);
      const halves = [
        batches.filter((_b, index) => index % 2 === 0),
        batches.filter((_b, index) => index % 2 === 1),
      ];
      await Promise.all(
        halves.map(async (half, index) => {
          for (const batch of half) await pods[index]?.record(batch, tenantId);
        }),
      );
      expect(await customerSets(sql, tenantId)).toEqual(expected);
    }
  });

  it('creates one customer from two halves that arrive at two pods at the same instant', async () => {
    const tenantId = await newTenant();
    const times = Number(process.env['MATCH_RACES'] ?? 10);
    const random = seededRandom(9);
    const parts = ['ka', 'zu', 'mor', 'shi', 'pel', 'tun', 'gad', 'lix', 'voh', 'bern'];
    const nameOf = (from: number) => `${parts[from % 10]}${parts[Math.floor(from / 10) % 10]}nd`;
    const people = Array.from({ length: times }, (_, index) => ({
      name: `${nameOf(index)} ${nameOf(Math.floor(index / 100) + 37)}ra`,
      phone: `98${String(Math.floor(random() * 100_000_000)).padStart(8, '0')}`,
    }));
    const half = (source: 'dotnet' | 'store', index: number) =>
      storedRecord(source, { ...people[index], tenantId, recordId: `${index}` });
    const together = Math.max(5, times / 200);
    const all = Array.from({ length: times }, (_, index) => index);
    for (let at = 0; at < times; at += together) {
      const halves = (source: 'dotnet' | 'store') =>
        all.slice(at, at + together).map((index) => half(source, index));
      await Promise.all([
        pods[0]?.record(halves('dotnet'), tenantId),
        pods[1]?.record(halves('store').toReversed(), tenantId),
      ]);
    }
    const sets = await customerSets(sql, tenantId);
    expect(sets).toHaveLength(times);
    expect(
      sets.every(
        ([one, other, ...more]) => one?.split(':')[1] === other?.split(':')[1] && more.length === 0,
      ),
    ).toBe(true);
    const [row] =
      await sql`select count(*)::integer as customers from customers where tenant_id = ${tenantId}`;
    expect(row).toEqual({ customers: times });
  });

  it('stores nothing of a batch that fails at any step, and all of it when it is delivered again', async () => {
    const tenantId = await newTenant();
    const own = inTenant(tenantId, generated.slice(0, 40));
    await sql`create function fail() returns trigger language plpgsql as $$ begin raise 'crash'; end $$`;
    const tables = ['customer_records', 'matching_blocks', 'record_links', 'customers', 'outbox'];
    for (const table of tables) {
      await sql`create trigger fail after insert on ${sql(table)} execute function fail()`;
      await expect(pod.record(own, tenantId)).rejects.toThrow('crash');
      await sql`drop trigger fail on ${sql(table)}`;
      expect(await sql`select from customer_records where tenant_id = ${tenantId}`).toHaveLength(0);
    }
    await pod.record(own, tenantId);
    const sets = await customerSets(sql, tenantId);
    expect(sets.length).toBeGreaterThan(0);
    const { changes } = await pod.record(own, tenantId);
    expect([changes, await customerSets(sql, tenantId)]).toEqual([[], sets]);
  });

  it('takes as many statements for a hundred records as for ten', async () => {
    const tenantId = await newTenant();
    const own = inTenant(tenantId, generated);
    const pool = connectPostgres({ url, max: 1 });
    const { record } = localCustomers(pool);
    await record(own.slice(0, 5), tenantId);
    const statements = recordedStatements(pool);
    const counted = async (records: readonly CustomerRecord[]) => {
      statements.length = 0;
      await record(records, tenantId);
      return statements.length;
    };
    const few = await counted(own.slice(5, 15));
    const many = await counted(own.slice(15, 115));
    const known = await counted(own.slice(15, 115));
    await pool.end();
    expect(many - few).toBeLessThanOrEqual(2);
    expect(many).toBeLessThanOrEqual(20);
    expect(known).toBeLessThanOrEqual(5);
  });

  it('writes a record that is new once, with its component and customer', async () => {
    const tenantId = await newTenant();
    const pool = connectPostgres({ url, max: 1 });
    const statements = recordedStatements(pool);
    await localCustomers(pool).record(inTenant(tenantId, generated), tenantId);
    await pool.end();
    expect(statements.filter((text) => text.includes('update customer_records'))).toEqual([]);
    expect(await customerSets(sql, tenantId)).not.toEqual([]);
  });

  it('compares a record with a bounded number of others, and links none by what a crowd shares, in any order', async () => {
    const size = Number(process.env['MATCH_CROWD'] ?? 60);
    const blockRecordsMax = Math.min(500, Math.floor(size / 3));
    const crowded = localCustomers(sql, { blockRecordsMax });
    /** All have the name and the phone of the shop; a few have their own address. */
    const crowd = (tenantId: string) =>
      Array.from({ length: size }, (_, index) =>
        storedRecord(index % 2 === 0 ? 'dotnet' : 'store', {
          ...{ tenantId, recordId: `${index}`, name: 'Asha Verma', phone: '98200 12345' },
          ...(index < 4 && { email: `asha.verma${Math.floor(index / 2)}z@gmail.com` }),
        }),
      );
    const ends: unknown[] = [];
    for (const seed of [1, 2]) {
      const tenantId = await newTenant();
      let [pairs, oversizedBlocks] = [0, 0];
      for (const batch of batchesOf(shuffled(crowd(tenantId), seed), seed)) {
        const done = await crowded.record(batch, tenantId);
        pairs += done.pairs;
        oversizedBlocks += done.oversizedBlocks;
        expect(done.pairs).toBeLessThanOrEqual(batch.length * blockRecordsMax);
      }
      expect(pairs).toBeLessThanOrEqual(blockRecordsMax ** 2);
      expect(oversizedBlocks).toBeGreaterThan(0);
      ends.push(await customerSets(sql, tenantId));
    }
    expect(ends).toEqual([ends[0], ends[0]]);
    expect(ends[0]).toEqual([
      ['dotnet:0', 'store:1'],
      ['dotnet:2', 'store:3'],
    ]);
  });
});

describe('assignCustomers', () => {
  it('merges by decisions, and restores every customer when they are withdrawn', async () => {
    const tenantId = await newTenant();
    await pod.record(inTenant(tenantId, generated.slice(0, 120)), tenantId);
    const rows = () => sql<
      { customerId: number; mergedInto: number | null; recordIds: string[] }[]
    >`
      select customer_id, merged_into, array(
        select source || ':' || record_id from customer_records own
        where own.customer_id = customers.customer_id order by 1) as record_ids
      from customers where tenant_id = ${tenantId} order by 1`;
    const before = [...(await rows())];
    const founding = await sql<{ foundingRecord: number }[]>`
      select founding_record from customers where tenant_id = ${tenantId} order by founding_record`;
    const decide = (a: number, b: number, isWithdrawn: boolean) =>
      inTransaction(sql, async (tx) => {
        await lockCustomers(tx, tenantId);
        if (isWithdrawn) await tx`delete from link_decisions where a = ${a} and b = ${b}`;
        else
          await tx`insert into link_decisions (tenant_id, a, b, decided, decided_by)
            values (${tenantId}, ${a}, ${b}, 'SAME', 'ann') on conflict do nothing`;
        return assignCustomers(tx, localCustomerOptions, {
          ...localTerms,
          tenantId,
          touched: { recordNos: [a, b] },
        });
      });
    const nos = founding.map(({ foundingRecord }) => foundingRecord);
    const pairs = fc.sample(
      fc.uniqueArray(
        fc
          .tuple(fc.nat({ max: nos.length - 2 }), fc.nat({ max: nos.length - 1 }))
          .filter(([a, b]) => a < b),
        { minLength: 4, maxLength: 6, selector: String },
      ),
      { numRuns: 1, seed: 42 },
    )[0];
    assert(pairs, 'there are pairs');
    const chosen = pairs.map(([a, b]) => [nos[a] ?? 0, nos[b] ?? 0] as const);
    for (const [a, b] of chosen) await decide(a, b, false);
    const merged = [...(await rows())].filter(({ mergedInto }) => mergedInto !== null);
    expect(merged.length).toBeGreaterThan(0);
    const kinds = new Set<string>();
    for (const [a, b] of shuffled(chosen, 3))
      for (const { kind } of (await decide(a, b, true)).changes) kinds.add(kind);
    expect([...(await rows())]).toEqual(before);
    expect(kinds).toEqual(new Set(['split', 'updated']));
  });
});
