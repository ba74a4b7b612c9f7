import { Redis } from 'ioredis';
import postgres from 'postgres';
import { afterAll, expect, test } from 'vitest';
import { Kafka, logLevel } from '#shared/eventing/kafka/kafkajs.ts';
import { hasKafka, testDatabase, testKafka, testRedis } from './servers.ts';

const database = await testDatabase();
const other = await testDatabase();
const redisDatabase = await testRedis();
const otherRedisDatabase = await testRedis();
const kafka = testKafka();

test('a test database has the schema and is apart from every other', async () => {
  const [mine, theirs] = [postgres(database.url), postgres(other.url)];
  afterAll(() => Promise.all([mine.end(), theirs.end()]));
  await mine`create table only_here ()`;
  expect(await mine`select from schema_migrations`).not.toHaveLength(0);
  expect(await theirs`select from pg_tables where tablename = 'only_here'`).toHaveLength(0);
});

test('a test Redis database is empty and apart from every other', async () => {
  const [mine, theirs] = [new Redis(redisDatabase.url), new Redis(otherRedisDatabase.url)];
  afterAll(() => [mine, theirs].forEach((redis) => redis.disconnect()));
  await mine.set('key', 'value');
  expect(await theirs.exists('key')).toBe(0);
});

test.skipIf(!hasKafka())('a test topic takes records and gives them back', async () => {
  const topic = await kafka.createTopic('round-trip', { numPartitions: 2 });
  const client = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING });
  const producer = client.producer({ idempotent: true });
  const consumer = client.consumer({ groupId: topic });
  afterAll(() => Promise.all([producer.disconnect(), consumer.disconnect()]));
  await producer.connect();
  await producer.send({ topic, messages: [{ key: 'k', value: 'v', headers: { h: 'x' } }] });

  const received = Promise.withResolvers<string | undefined>();
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: ({ message }) => {
      received.resolve(message.value?.toString());
      return Promise.resolve();
    },
  });
  expect(await received.promise).toBe('v');
});
