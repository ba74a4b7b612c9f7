import { createHash } from 'node:crypto';
import { afterAll, expect, it } from 'vitest';
import { customerRows, throughHandler } from '#scripts/import/customer-rows.ts';
import { localHandlers } from '#scripts/import/local-handlers.ts';
import type { Source } from '#shared/domain/matching/profile.ts';
import { recordName } from '#shared/domain/matching/record-details.ts';
import { connectPostgres, type Sql } from '#shared/stores/postgres/driver/connect.ts';
import { recordingPublisher } from '#shared/testing/recording-publisher.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { customerSets, dataOf, storedRecord } from './customer-fixture.ts';
import { generateRecords } from './generate-records.ts';
import { pairwiseQuality } from './pairwise-quality.ts';

const key = `k1:${createHash('sha256').update('shards').digest('base64')}`;
const keys = { PERSON_MASTER_KEYS: key, BLIND_INDEX_KEYS: key };
const databases = await Promise.all([testDatabase(), testDatabase(), testDatabase()]);
const [whole, ...shards] = databases.map(({ url }) => connectPostgres({ url, max: 4 })) as [
  Sql,
  Sql,
  Sql,
];
afterAll(() => Promise.all([whole, ...shards].map((sql) => sql.end())));

/** Indian mobile numbers begin with 6 to 9. */
const ranges = ['..+918', '+918..'];

const labelled = generateRecords({ seed: 23, people: 100 });

/** Passes rows of a source to the handler of a shard, or without a range to that of all records. */
const deliver = async (
  sql: Sql,
  range: string | undefined,
  { source, rows, at }: Readonly<{ source: Source; rows: readonly object[]; at: Date }>,
) => {
  const handlers = localHandlers(sql, { ...keys, PHONE_RANGE: range });
  const sink = throughHandler(handlers, { source, publisher: recordingPublisher() });
  const take = customerRows({ source, tenantId: undefined, changedAt: at }, sink, []);
  expect((await take(rows as Record<string, unknown>[])).filter(Boolean)).toEqual([]);
};

const at = new Date('2026-11-21T10:00:00Z');
const deliverAll = async (sql: Sql, range?: string) => {
  for (const source of ['dotnet', 'store'] as const) {
    const own = labelled.filter(({ record }) => record.source === source);
    for (let from = 0; from < own.length; from += 100)
      await deliver(sql, range, { source, rows: own.slice(from, from + 100).map(dataOf), at });
  }
};

it('finds in two shards, together, the customers of one database whose records share a phone', async () => {
  await Promise.all([
    deliverAll(whole),
    ...shards.map((sql, index) => deliverAll(sql, ranges[index])),
  ]);
  const sharded = (await Promise.all(shards.map((sql) => customerSets(sql)))).flat();
  const together = new Set(sharded.map((records) => records.join(' ')));
  const phones = new Map(
    labelled.map((own) => {
      const { details } = storedRecord(own.record.source, dataOf(own));
      return [recordName(own.record), details.profile.phone];
    }),
  );
  const sets = await customerSets(whole);
  const ofOnePhone = sets.filter((records) => {
    const own = new Set(records.map((name) => phones.get(name)));
    return own.size === 1 && !own.has(undefined);
  });
  expect(ofOnePhone.length).toBeGreaterThan(50);
  for (const records of ofOnePhone) expect(together).toContain(records.join(' '));
  // Each record is in one shard.
  const counts = await Promise.all(
    shards.map((sql) => sql<{ own: number }[]>`select count(*)::int as own from customer_records`),
  );
  expect(counts.flat().reduce((sum, { own }) => sum + own, 0)).toBe(labelled.length);
  // Pairs are lost for people whose phones are in both ranges, or who have a record without a
  // phone.
  const personOf = new Map(labelled.map(({ personId, record }) => [recordName(record), personId]));
  const [recall = 0, shardedRecall = 0] = [sets, sharded].map(
    (all) => pairwiseQuality(all, personOf).recall,
  );
  expect(recall - shardedRecall).toBeLessThan(0.01);
});

it('moves a record whose phone leaves the range of its shard', async () => {
  const move = async (phone: string, changedAt: Date) => {
    const rows = [{ recordId: 'mover', name: 'Asha Verma', phone }];
    for (const [index, sql] of shards.entries())
      await deliver(sql, ranges[index], { source: 'store', rows, at: changedAt });
  };
  const keysIn = async (sql: Sql) => {
    const [row] = await sql<{ keys: number }[]>`
      select cardinality(block_keys) as keys from customer_records where record_id = 'mover'`;
    return row?.keys;
  };
  const states = () => Promise.all(shards.map(keysIn));
  await move('+919820012345', at);
  expect(await states()).toEqual([undefined, expect.any(Number)]);
  await move('+916820012345', new Date(at.getTime() + 1_000));
  expect(await states()).toEqual([expect.any(Number), 0]);
  // Delivered late: the shard of the old phone has a newer version.
  await move('+919820012345', at);
  expect((await states())[1]).toBe(0);
});
