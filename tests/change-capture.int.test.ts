/**
 * Changes from Postgres's write-ahead log to the counters in Redis, with real Kafka Connect and
 * Debezium: killed, stopped while incentives are issued and reversed, and without their slot. Runs
 * where Kafka Connect was fetched before, in CI, and with CDC=1.
 */

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { projectLimits } from '#functions/project-limits/handler.ts';
import { backfillTable } from '#scripts/backfill/backfill-table.ts';
import { connectorStreams } from '#scripts/change-capture/connector-streams.ts';
import {
  type ChangeCapture,
  startChangeCapture,
} from '#scripts/change-capture/start-change-capture.ts';
import { readTopic } from '#scripts/platform/topics/read-topic.ts';
import { cacheDirectory } from '#scripts/services/cache-directory.ts';
import { connectObstacle, hasConnect } from '#scripts/services/connect-server.ts';
import { createReadyTopics } from '#scripts/services/create-ready-topics.ts';
import { warmFromChangelog } from '#scripts/warm/warm-from-changelog.ts';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import captures from '#shared/eventing/changes/captures/debezium.json' with { type: 'json' };
import { kafkaWriter } from '#shared/eventing/kafka/kafka-writer.ts';
import { Kafka, logLevel } from '#shared/eventing/kafka/kafkajs.ts';
import { topicReader } from '#shared/eventing/kafka/topic-reader.ts';
import type { TopicRecord } from '#shared/eventing/kafka/topic-record.ts';
import { backfillPositions } from '#shared/stores/postgres/changes/backfill-positions.ts';
import { replicationSlots } from '#shared/stores/postgres/changes/replication-slots.ts';
import { tableRows } from '#shared/stores/postgres/changes/table-rows.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { visibleTransactions } from '#shared/stores/postgres/driver/visible-transactions.ts';
import { limitReader } from '#shared/stores/postgres/limits/limit-reader.ts';
import { balanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { limitCounters } from '#shared/stores/redis/limits/limit-counters.ts';
import { deliveryOf } from '#shared/testing/deliver.ts';
import { hasKafka, testDatabase, testKafka, testRedis } from '#shared/testing/servers/servers.ts';
import { limitStorm } from '#shared/testing/worlds/limit-storm.ts';
import { byOffset, changeIn, incentivesMissing } from './incentives-missing.ts';

const isWanted =
  Boolean(process.env['CDC'] ?? process.env['CI']) || (await hasConnect(cacheDirectory));
const obstacle = await connectObstacle(cacheDirectory);
const canRun = hasKafka() && isWanted && obstacle === undefined;
if (!canRun)
  console.warn(
    `\nSKIPPED: change data capture with Debezium. ${obstacle ?? 'CDC=1 fetches Kafka Connect and runs it'}\n`,
  );

const run = randomBytes(4).toString('hex');
const database = await testDatabase();
const sql = connectPostgres({ url: database.url, max: 8 });
const redis = connectRedis((await testRedis()).url);
const { brokers } = testKafka();
const directory = await mkdtemp(join(tmpdir(), 'guerdon-cdc-'));
const writer = kafkaWriter({ brokers, clientId: 'test' });
const counters = limitCounters(redis);
const slots = replicationSlots(sql);
const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
let capture: ChangeCapture | undefined;
afterAll(async () => {
  redis.disconnect();
  if (capture !== undefined) {
    await capture.connect.stop();
    await capture.dropSlots();
    await sql`drop owned by ${sql(role)}`;
    await sql`drop role ${sql(role)}`;
    await admin.deleteTopics({ topics });
    await admin.disconnect();
  }
  await Promise.all([sql.end(), writer.close()]);
  await rm(directory, { recursive: true });
});

const incentivesTopic = `${run}.db.incentives`;
const redisTopic = `${run}.db.incentives.redis`;
const balancesTopic = `${run}.db.points_balances`;
const boardsTopic = `${run}.db.boards`;
const topics = [incentivesTopic, redisTopic, balancesTopic, boardsTopic, `${run}.db.heartbeats`];

const role = `guerdon_cdc_${run}`;

/** A user with the rights that docs/operations/cdc.md gives to connectors. */
const connectorUrl = async (): Promise<string> => {
  await sql`create role ${sql(role)} login replication password 'none'`;
  await sql`grant select on incentives, points_balances, boards to ${sql(role)}`;
  await sql`grant select, insert, update on cdc_heartbeats to ${sql(role)}`;
  const url = new URL(database.url);
  url.username = role;
  url.password = 'none';
  return url.href;
};

const startCapture = async () => {
  await admin.connect();
  await createReadyTopics(
    admin,
    topics.map((topic) => ({ topic, numPartitions: 3 })),
  );
  return (capture = await startChangeCapture({
    ...{ sql, brokers, directory, run, databaseUrl: await connectorUrl() },
    // Positions are stored only by an orderly stop: a killed worker sends everything again.
    flushMs: 3_600_000,
  }));
};

/** Incentives whose last record in a topic differs from Postgres. */
const incentivesMissingIn = (topic: string) => incentivesMissing(sql, { brokers, topic });
const caughtUp = (topic: string) =>
  expect.poll(() => incentivesMissingIn(topic), { timeout: 120_000, interval: 200 }).toBe(0);

const handler = projectLimits({
  transactions: visibleTransactions(sql),
  limits: limitReader(sql),
  counters,
  clock: () => new Date(),
  batchItemsMax: 100,
})[0]!;

/** Delivers records to project-limits in batches, in any order. */
const deliver = async (records: readonly TopicRecord[]): Promise<void> => {
  const shuffled = records
    .map((record) => ({ record, turn: Math.random() }))
    .toSorted((one, other) => one.turn - other.turn);
  const batches = Map.groupBy(shuffled, (_, index) => Math.floor(index / 50));
  await Promise.all(
    Array.from(batches.values(), async (batch) => {
      const outcomes = await handler.handle(
        batch.map(({ record }) => deliveryOf(handler.contract, changeIn(record))),
      );
      expect(outcomes).toEqual(batch.map(() => ({ kind: 'done', domainEvents: [] })));
    }),
  );
};

const backfill = async (table: string, configs: Parameters<typeof connectorStreams>[0][]) =>
  backfillTable({
    name: table,
    rows: await tableRows(sql, table),
    streams: configs.flatMap(connectorStreams).filter((stream) => stream.table === table),
    writer,
    positions: backfillPositions(sql),
  });

describe.skipIf(!canRun)('change data capture, one state after the other', async () => {
  if (!canRun) return;
  const { connect, connectors, start, streaming } = await startCapture();
  const storm = await limitStorm(sql);
  const configs = connectors.map(({ config }) => config);
  const equal = async () => {
    const { redis: shown, postgres } = await storm.compare(counters);
    expect(shown).toEqual(postgres);
  };
  const lostSlots = async () => (await slots.states()).filter(({ isLost }) => isLost);

  it('sets counters as Postgres has them', async () => {
    await streaming();
    await storm.blow(30);
    await caughtUp(redisTopic);
    await deliver(await readTopic(brokers, redisTopic));
    await equal();
  });

  it('sends what it missed, and again what it had sent, when it restarts after a kill; Redis may be empty', async () => {
    const first = await readTopic(brokers, redisTopic);
    await connect.kill();
    await storm.blow(30);
    await start();
    await streaming();
    await caughtUp(redisTopic);
    await caughtUp(incentivesTopic);
    const again = await readTopic(brokers, redisTopic);
    const copies = Map.groupBy(again, lsnOf);
    expect(first.filter((record) => copies.get(lsnOf(record))?.length === 1)).toEqual([]);
    await redis.flushdb();
    await deliver(again);
    await deliver(first);
    await equal();
  });

  it('reports a slot that was dropped between two changes, and refuses to continue as if nothing was missed', async () => {
    const [lost] = connectors.filter(({ name }) => name === 'guerdon-cdc-redis');
    const slot = String(lost?.slot);
    await connect.stop();
    await storm.blow(15);
    await sql`select pg_drop_replication_slot(${slot})`;
    await storm.blow(15);
    expect(await lostSlots()).toMatchObject([{ slot }]);
    await start();
    await expect(streaming()).rejects.toThrow('no longer available on the server');
    await caughtUp(incentivesTopic);
    expect(await incentivesMissingIn(redisTopic)).toBeGreaterThan(0);
  });

  it('catches up completely after a new slot and a backfill', async () => {
    await connect.forgetOffsets('guerdon-cdc-redis');
    await streaming();
    await backfill('incentives', configs);
    await storm.blow(15);
    await caughtUp(redisTopic);
    await caughtUp(incentivesTopic);
    expect(await lostSlots()).toEqual([]);
    await redis.flushdb();
    await deliver(await readTopic(brokers, redisTopic));
    await equal();
  });

  it('gets from a backfill what Debezium writes: the same values, under the same key in the same partition', async () => {
    const records = (await readTopic(brokers, incentivesTopic)).toSorted(byOffset);
    const pairs = Array.from(
      Map.groupBy(records, ({ key }) => String(key)).values(),
      (own) => [lastOf(own, ['r']), lastOf(own, ['c', 'u'])] as const,
    ).filter((pair): pair is readonly [TopicRecord, TopicRecord] => !pair.includes(undefined));
    expect(pairs.length).toBeGreaterThan(60);
    const shown = (record: TopicRecord) => [record.partition, changeIn(record)?.after];
    expect(pairs.map(([read]) => shown(read))).toEqual(pairs.map(([, changed]) => shown(changed)));
    const columns = Object.keys(changeIn(pairs[0]![1])?.after ?? {});
    expect(columns).toEqual(Object.keys(captures[0]?.value?.after ?? {}));
  });

  it('rebuilds balances and boards in Redis from their changelogs alone', async () => {
    await redis.flushdb();
    await backfill('boards', configs);
    const reader = topicReader(new Kafka({ brokers, logLevel: logLevel.NOTHING }), 'test');
    const cache = balanceCache(redis);
    const balances = await sql<Balance[]>`
      select tenant_id, customer_id, program, points, pending, reserved, lifetime, version, reached_at
      from points_balances`;
    const rebuilt = async () => {
      await warmFromChangelog({ reader, cache, boardsTopic, balancesTopic });
      return Promise.all(balances.map((balance) => cache.read(balance)));
    };
    await expect.poll(rebuilt, { timeout: 60_000 }).toEqual([...balances]);
    expect(await redis.zcard(`board:{${storm.tenantId}}:main:live`)).toBe(3);
  });
});

/** The position of a change in the log, which stays the same however often it is sent. */
const lsnOf = (record: TopicRecord): number | undefined => changeIn(record)?.source.lsn;

const lastOf = (records: readonly TopicRecord[], ops: readonly string[]) =>
  records.findLast((record) => ops.includes(changeIn(record)?.op ?? ''));
