/**
 * Postgres fails over between two changes: the primary is killed, its standby promoted, and
 * connectors continue with their slots there. Uses a real primary, standby, Kafka Connect and
 * Debezium, so it runs only with CDC=1.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, chmod, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { startChangeCapture } from '#scripts/change-capture/start-change-capture.ts';
import { cacheDirectory } from '#scripts/services/cache-directory.ts';
import { connectObstacle } from '#scripts/services/connect-server.ts';
import { createReadyTopics } from '#scripts/services/create-ready-topics.ts';
import { startPostgres } from '#scripts/services/postgres-server.ts';
import { Kafka, logLevel } from '#shared/eventing/kafka/kafkajs.ts';
import { replicationSlots } from '#shared/stores/postgres/changes/replication-slots.ts';
import { connectPostgres, type Sql } from '#shared/stores/postgres/driver/connect.ts';
import { migrate } from '#shared/stores/postgres/schema/migrate.ts';
import { hasKafka, testKafka } from '#shared/testing/servers/servers.ts';
import { limitStorm } from '#shared/testing/worlds/limit-storm.ts';
import { incentivesMissing } from './incentives-missing.ts';

const obstacle = await connectObstacle(cacheDirectory);
const canRun = hasKafka() && Boolean(process.env['CDC']) && obstacle === undefined;
if (!canRun)
  console.warn(
    `\nSKIPPED: change data capture across a failover of Postgres. ${obstacle ?? 'CDC=1 runs it'}\n`,
  );

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

const directory = await mkdtemp(join(tmpdir(), 'guerdon-failover-'));
closing.push(() => rm(directory, { recursive: true }));

const start = (name: string) =>
  startPostgres({ directory: join(directory, name), isDurable: false, log: () => undefined });

const connect = (url: string): Sql => {
  const sql = connectPostgres({ url, max: 4 });
  closing.push(() => sql.end({ timeout: 1 }));
  return sql;
};

/** A migrated primary, and the slot of its standby, ahead of which no connector may be. */
const startPrimary = async () => {
  // The servers do not run as root.
  await chmod(directory, 0o755);
  const { url, server } = await start('primary');
  await migrate(url);
  const sql = connect(url);
  await sql`select pg_create_physical_replication_slot('standby', true)`;
  await sql`alter system set synchronized_standby_slots = 'standby'`;
  const [{ dataDirectory }] = await sql<[{ dataDirectory: string }]>`show data_directory`;
  closing.push(() => server?.stop());
  return { url, sql, server: server!, dataDirectory };
};

type Primary = Awaited<ReturnType<typeof startPrimary>>;

/** A standby that keeps the slots of connectors, with the settings of docs/operations/cdc.md. */
const startStandby = async ({ url, server, dataDirectory }: Primary) => {
  const { port } = new URL(url);
  const copy = dataDirectory.replace(join(directory, 'primary'), join(directory, 'standby'));
  await server.stop();
  await cp(dataDirectory, copy, { recursive: true });
  await writeFile(join(copy, 'standby.signal'), '');
  const settings = {
    primary_conninfo: `host=127.0.0.1 port=${port} user=postgres dbname=postgres`,
    primary_slot_name: 'standby',
    hot_standby_feedback: 'on',
    sync_replication_slots: 'on',
    synchronized_standby_slots: '',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`);
  await appendFile(join(copy, 'postgresql.auto.conf'), lines.join(''));
  // Like the original, owned by the user that Postgres runs as.
  await promisify(execFile)('chown', ['-R', `--reference=${dataDirectory}`, dirname(copy)]);
  await server.start();
  const standby = await start('standby');
  closing.push(() => standby.server?.stop());
  return { url: standby.url, sql: connect(standby.url) };
};

it.skipIf(!canRun)(
  'loses no change when Postgres fails over between two of them, sent or not',
  async () => {
    const primary = await startPrimary();
    const standby = await startStandby(primary);
    const run = randomBytes(4).toString('hex');
    const { brokers } = testKafka();
    const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    closing.push(() => admin.disconnect());
    const ours = ['incentives', 'incentives.redis', 'points_balances', 'boards', 'heartbeats'];
    const topics = ours.map((name) => `${run}.db.${name}`);
    await createReadyTopics(
      admin,
      topics.map((topic) => ({ topic, numPartitions: 3 })),
    );
    closing.push(() => admin.deleteTopics({ topics }));
    const capture = await startChangeCapture({
      ...{ sql: primary.sql, brokers, directory, run, databaseUrl: primary.url },
    });
    closing.push(() => capture.connect.stop());
    const missing = async (sql: Sql) => {
      const [one = '', other = ''] = topics;
      return [
        await incentivesMissing(sql, { brokers, topic: one }),
        await incentivesMissing(sql, { brokers, topic: other }),
      ];
    };
    const caughtUp = (sql: Sql) =>
      expect.poll(() => missing(sql), { timeout: 180_000, interval: 500 }).toEqual([0, 0]);

    await capture.streaming();
    const before = await limitStorm(primary.sql);
    await before.blow(10);
    await caughtUp(primary.sql);

    // A slot is kept by the standby once its connector has read on since it was copied there.
    const names = capture.connectors.map(({ slot }) => slot);
    const keptByStandby = () => standby.sql`
      select slot_name from pg_replication_slots
      where slot_name = any(${names}) and failover and synced and not temporary`;
    await expect.poll(keptByStandby, { timeout: 180_000, interval: 500 }).toHaveLength(2);

    // The primary and its standby have logged these, and no connector has sent them.
    await capture.connect.stop();
    await before.blow(10);
    const [{ written }] = await primary.sql<[{ written: string }]>`
      select pg_current_wal_lsn()::text as written`;
    const isReplayed = () => standby.sql`
      select from pg_stat_wal_receiver where pg_last_wal_replay_lsn() >= ${written}::pg_lsn`;
    await expect.poll(isReplayed, { timeout: 180_000, interval: 200 }).toHaveLength(1);
    expect(await missing(primary.sql)).not.toEqual([0, 0]);

    await primary.server.kill();
    await standby.sql`select pg_promote()`;
    const after = await limitStorm(standby.sql);
    await after.blow(10);
    await capture.connect.start();
    const { port } = new URL(standby.url);
    for (const { name, config } of capture.connectors)
      await capture.connect.configure(name, { ...config, 'database.port': port });
    await caughtUp(standby.sql);
    await after.blow(10);
    await caughtUp(standby.sql);
    const states = await replicationSlots(standby.sql).states();
    expect(states.filter(({ isLost }) => isLost)).toEqual([]);
  },
);
