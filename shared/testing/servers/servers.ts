import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import postgres from 'postgres';
import { afterAll, inject } from 'vitest';
import { createReadyTopics } from '#scripts/services/create-ready-topics.ts';
import { type ITopicConfig, Kafka, logLevel } from '#shared/eventing/kafka/kafkajs.ts';
import { connectPostgres, type Sql } from '#shared/stores/postgres/driver/connect.ts';
import { connectRedis, type RedisConnection } from '#shared/stores/redis/driver/connect.ts';

/**
 * Each helper is called at the top of a test file; what it creates is removed after the file's last
 * test.
 */
const uniqueName = (prefix: string): string => `${prefix}_${randomBytes(6).toString('hex')}`;

/** A new database for this test file: migrated, or without any schema. */
export const testDatabase = async ({ isMigrated = true } = {}): Promise<{ url: string }> => {
  const name = uniqueName('guerdon_test');
  const sql = postgres(inject('postgresUrl'), { max: 1 });
  const template = isMigrated ? inject('templateDatabase') : 'template0';
  // Copying files takes half the processor time of writing every page to the WAL.
  await sql`create database ${sql(name)} template ${sql(template)} strategy file_copy`;
  afterAll(async () => {
    await sql`drop database ${sql(name)} with (force)`;
    await sql.end();
  });
  const url = new URL(inject('postgresUrl'));
  url.pathname = name;
  return { url: url.href };
};

/** A pool of connections to a new database for this test file. */
export const testSql = async (
  options: Readonly<{ max?: number; plansOnce?: boolean }> = {},
): Promise<Sql> => {
  const { url } = await testDatabase();
  const sql = connectPostgres({ max: 4, ...options, url });
  afterAll(() => sql.end());
  return sql;
};

/** A logical Redis database for this test file, empty at first. */
export const testRedis = async (): Promise<{ url: string }> => {
  const url = new URL(inject('redisUrl'));
  const counter = new Redis(url.href);
  const [, databases] = await counter.config('GET', 'databases');
  const taken = await counter.incr('guerdon:test:databases');
  const database = 1 + (taken % (Number(databases) - 1));
  counter.disconnect();

  url.pathname = String(database);
  const redis = new Redis(url.href);
  await redis.flushdb();
  afterAll(async () => {
    await redis.flushdb();
    redis.disconnect();
  });
  return { url: url.href };
};

/** A connection to a Redis database for this test file. */
export const testRedisClient = async (): Promise<RedisConnection> => {
  const redis = connectRedis((await testRedis()).url);
  afterAll(() => redis.quit());
  return redis;
};

/** Kafka for a test file: its brokers, and topics whose names no other file has. */
export type TestKafka = Readonly<{
  brokers: string[];
  /** Creates a topic and returns its name, which starts with the one given. */
  createTopic(prefix: string, settings?: Omit<ITopicConfig, 'topic'>): Promise<string>;
}>;

/** False where this machine cannot run Kafka; for `describe.skipIf(!hasKafka())`. */
export const hasKafka = (): boolean => inject('kafkaBrokers') !== undefined;

/** The Kafka of this run; topics made through it are deleted after the file's last test. */
export const testKafka = (): TestKafka => {
  const brokers = inject('kafkaBrokers')?.split(',') ?? [];
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  const topics: string[] = [];
  const connected = hasKafka() ? admin.connect() : Promise.resolve();
  afterAll(async () => {
    if (topics.length > 0) await admin.deleteTopics({ topics });
    await admin.disconnect();
  });
  return {
    brokers,
    async createTopic(prefix, settings = {}) {
      await connected;
      const topic = uniqueName(prefix);
      await createReadyTopics(admin, [{ topic, ...settings }]);
      topics.push(topic);
      return topic;
    },
  };
};
