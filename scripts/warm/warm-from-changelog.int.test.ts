import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { backfillTable } from '#scripts/backfill/backfill-table.ts';
import { connectorStreams } from '#scripts/change-capture/connector-streams.ts';
import { readTopic } from '#scripts/platform/topics/read-topic.ts';
import { Unavailable } from '#shared/domain/errors.ts';
import { type KafkaWriter, kafkaWriter } from '#shared/eventing/kafka/kafka-writer.ts';
import { Kafka, logLevel } from '#shared/eventing/kafka/kafkajs.ts';
import { topicReader } from '#shared/eventing/kafka/topic-reader.ts';
import { backfillPositions } from '#shared/stores/postgres/changes/backfill-positions.ts';
import { tableRows } from '#shared/stores/postgres/changes/table-rows.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { currentBalances } from '#shared/stores/postgres/ledger/current-balances.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { balanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { hasKafka, testDatabase, testKafka, testRedis } from '#shared/testing/servers/servers.ts';
import { warmBalances } from './warm-balances.ts';
import { warmFromChangelog } from './warm-from-changelog.ts';

const { url } = await testDatabase();
const sql = connectPostgres({ url, max: 4 });
const redis = connectRedis((await testRedis()).url);
const { brokers, createTopic } = testKafka();
const writer = kafkaWriter({ brokers, clientId: 'test' });
afterAll(async () => {
  redis.disconnect();
  await Promise.all([sql.end(), writer.close()]);
});
beforeEach(() => redis.flushdb());

const positions = backfillPositions(sql);
const tenants = ['north', 'south'];
await sql`
  insert into tenants (tenant_id, name, currency) select tenant_id, 'T', 'INR' from unnest(${tenants}::text[]) tenant_id`;
await sql`
  insert into boards (tenant_id, board, tie_policy)
  select tenant_id, policy, policy from unnest(${tenants}::text[]) tenant_id,
    unnest(array['competition', 'dense', 'ordinal']) policy`;
await sql`
  insert into points_balances (tenant_id, customer_id, program, points, lifetime, version, reached_at)
  select tenant_id, 'c-' || n, program, n % 7, n, 1, '2026-11-20T12:00:00Z'::timestamptz + n * interval '1 s'
  from unnest(${tenants}::text[]) tenant_id, generate_series(1, 50) n, unnest(array['points', 'miles']) program`;

const change = (customerId: string) => sql`
  update points_balances set points = points + 1, version = version + 1, reached_at = reached_at + interval '1 day'
  where customer_id = ${customerId}`;

const streamTo = (table: string, topic: string) =>
  connectorStreams({
    'topic.prefix': 'test',
    'table.include.list': `public.${table}`,
    transforms: 'table',
    'transforms.table.regex': String.raw`test\.public\..*`,
    'transforms.table.replacement': topic,
  });

const backfill = async (table: string, topic: string, write: KafkaWriter['write'] = writer.write) =>
  backfillTable({
    name: table,
    rows: await tableRows(sql, table),
    streams: streamTo(table, topic),
    writer: { write },
    positions,
    pageMax: 40,
  });

/** Everything in Redis, by key. */
const contents = async () => {
  const keys = (await redis.keys('*')).toSorted();
  return Promise.all(
    keys.map(async (key) => {
      const type = await redis.type(key);
      const value =
        type === 'zset'
          ? await redis.zrange(key, '0', '-1', 'WITHSCORES')
          : await redis.hgetall(key);
      return [key, value] as const;
    }),
  );
};

const asPostgresHasIt = async () => {
  await redis.flushdb();
  const boards = await tenantStore(sql).all();
  for (const tenant of boards)
    await warmBalances({
      currentBalances: currentBalances(sql),
      cache: balanceCache(redis),
      tenant,
      onProgress: () => undefined,
    });
  return contents();
};

const lastByKey = async (topic: string) => {
  const records = await readTopic(brokers, topic);
  return new Map(
    records
      .toSorted((one, other) => Number(one.offset) - Number(other.offset))
      .map(({ key, value }) => [
        String(key),
        value &&
          (JSON.parse(String(value)) as { op: string; after: Record<string, unknown> | null }),
      ]),
  );
};

describe.skipIf(!hasKafka())('warmFromChangelog', () => {
  it('fills Redis from the changelogs alone as Postgres would, whatever was in it', async () => {
    const boardsTopic = await createTopic('db.boards', { numPartitions: 2 });
    const balancesTopic = await createTopic('db.points_balances', { numPartitions: 3 });
    await backfill('boards', boardsTopic);
    await backfill('points_balances', balancesTopic);
    await change('c-3');
    await backfill('points_balances', balancesTopic);
    await redis.flushdb();
    const kafka = new Kafka({ clientId: 'test', brokers, logLevel: logLevel.NOTHING });
    const options = {
      reader: topicReader(kafka, 'test'),
      cache: balanceCache(redis),
      ...{ boardsTopic, balancesTopic },
    };
    expect(await warmFromChangelog(options)).toBe(400);
    const rebuilt = await contents();
    await warmFromChangelog(options);
    expect(await contents()).toEqual(rebuilt);
    expect(rebuilt).toEqual(await asPostgresHasIt());
    expect(rebuilt.length).toBeGreaterThan(200);
  });
});

describe.skipIf(!hasKafka())('backfillTable', () => {
  it('leaves no record behind that is older than Postgres, whatever changes while it publishes', async () => {
    const topic = await createTopic('db.points_balances', { numPartitions: 3 });
    let changes = 0;
    // A connector sends the change first; then the row as it was read before it is written.
    const write: KafkaWriter['write'] = async (records) => {
      if ((changes += 1) <= 3) await change('c-10');
      if (changes === 1) await sql`delete from points_balances where customer_id = 'c-11'`;
      return writer.write(records);
    };
    await backfill('points_balances', topic, write);
    const rows = await sql<{ key: string; version: number }[]>`
      select tenant_id || ' ' || customer_id || ' ' || program as key, version from points_balances`;
    const expected = new Map(rows.map(({ key, version }) => [key, version]));
    const published = [...(await lastByKey(topic))].flatMap(([key, record]) => {
      const { tenant_id, customer_id, program } = JSON.parse(key) as Record<string, string>;
      const name = [tenant_id, customer_id, program].join(' ');
      return record?.after ? [[name, record.after['version']] as const] : [];
    });
    expect(new Map(published)).toEqual(expected);
  });

  it('continues after its last page when it was interrupted', async () => {
    const topic = await createTopic('db.points_balances', { numPartitions: 1 });
    let pages = 0;
    const interrupted = backfill('points_balances', topic, (records) => {
      if (records.length > 0) pages += 1;
      if (pages === 3) throw new Unavailable('kafka', 'Kafka is unavailable');
      return writer.write(records);
    });
    await expect(interrupted).rejects.toThrow('Kafka is unavailable');
    const rest = await backfill('points_balances', topic);
    const [row] = await sql<[{ count: number }]>`select count(*) from points_balances`;
    expect(rest).toBe(row.count - 80);
    expect((await lastByKey(topic)).size).toBe(row.count);
    expect(await positions.find('points_balances')).toBeUndefined();
  });

  it('waits for transactions that wrote before it read, so that its position in the log is sound', async () => {
    const topic = await createTopic('db.boards', { numPartitions: 1 });
    const { promise: end, resolve: commit } = Promise.withResolvers<unknown>();
    const { promise: begun, resolve: began } = Promise.withResolvers<unknown>();
    const open = sql.begin(async (tx) => {
      await tx`insert into boards (tenant_id, board) values ('north', 'late')`;
      began(undefined);
      await end;
    });
    await begun;
    const published = backfill('boards', topic);
    const waiting = () => sql<{ count: number }[]>`
      select count(*) from pg_stat_activity where query like '%pg_snapshot_xmin%' and pid <> pg_backend_pid()`;
    await expect.poll(async () => (await waiting())[0]?.count).toBeGreaterThan(0);
    commit(undefined);
    await open;
    await published;
    const keys = [...(await lastByKey(topic)).keys()];
    expect(keys).toContain('{"tenant_id":"north","board":"late"}');
  });

  it('refuses a table that does not exist', async () => {
    await expect(tableRows(sql, 'nothing')).rejects.toThrow('There is no table nothing');
  });
});
