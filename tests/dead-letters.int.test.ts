/**
 * Records that cannot be delivered, from Kafka through KafkaSource to the dead letters, and back by
 * redrive.
 */

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildFunctions } from '#scripts/build.ts';
import type { LocalKnative } from '#scripts/knative/local-knative.ts';
import { playManifests } from '#scripts/knative/play-manifests.ts';
import { readTopic } from '#scripts/platform/topics/read-topic.ts';
import { OrderPlaced } from '#shared/eventing/contracts/orders.ts';
import { PointsAwarded } from '#shared/eventing/contracts/points-events.ts';
import { toDeadLetter } from '#shared/eventing/dead-letters/dead-letter.ts';
import { Kafka, logLevel, type Message } from '#shared/eventing/kafka/kafkajs.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { startFunction } from '#shared/testing/servers/function-process.ts';
import { hasKafka, testDatabase, testKafka, testRedis } from '#shared/testing/servers/servers.ts';
import { kafkaSource } from '#shared/testing/worlds/kafka-source.ts';

const database = await testDatabase();
const redis = await testRedis();
const { brokers, createTopic } = testKafka();
const sql = connectPostgres({ url: database.url, max: 1 });
afterAll(() => sql.end());

const key = 'c-1007';
const attributes = { specversion: '1.0', id: 'e-1', source: '/shops/7', type: OrderPlaced.type };
const structured = JSON.stringify({ ...attributes, data: OrderPlaced.example });

const validWithLargeHeader: Message = {
  key,
  value: JSON.stringify(OrderPlaced.example),
  headers: {
    ...Object.fromEntries(Object.entries(attributes).map(([name, text]) => [`ce_${name}`, text])),
    ce_note: 'x'.repeat(17_000),
  },
};

/** Records that award-points refuses. The receiver of a KafkaSink refuses their letters. */
const refusable: readonly (Message & { key: string })[] = [
  {
    key,
    value: `[${structured}]`,
    headers: { 'content-type': 'application/cloudevents-batch+json' },
  },
  {
    key,
    value: structured.slice(0, 40),
    headers: { 'content-type': 'application/cloudevents+json' },
  },
  { key, value: null, headers: { 'content-type': 'application/cloudevents+json' } },
  { key, value: 'no JSON', headers: { note: 'x'.repeat(20_000) } },
];

describe.skipIf(!hasKafka())('records that cannot be delivered', () => {
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  let knative: LocalKnative;
  let directory: string;
  let topic: string;
  let letters: string;

  beforeAll(buildFunctions);
  beforeAll(async () => {
    [topic, letters] = [await createTopic('orders'), await createTopic('letters')];
    const variables = {
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      KAFKA_BROKERS: brokers.join(','),
      DEAD_LETTER_TOPIC: letters,
    };
    const [awardPoints, storeDeadLetter] = await Promise.all(
      ['award-points', 'store-dead-letter'].map((name) => startFunction({ name, variables })),
    );
    directory = await mkdtemp(join(tmpdir(), 'guerdon-letters-'));
    await producer.connect();
    knative = await playManifests(
      { directory, brokers },
      {
        apiVersion: 'kafka.strimzi.io/v1',
        kind: 'KafkaTopic',
        metadata: { name: PointsAwarded.topic },
        spec: { partitions: 1 },
      },
      kafkaSource('orders', {
        consumerGroup: letters,
        topics: [topic],
        delivery: {
          ...{ retry: 1, backoffPolicy: 'linear', backoffDelay: 'PT0.1S', timeout: 'PT60S' },
          deadLetterSink: { uri: `${storeDeadLetter!.url}/${topic}` },
        },
        sink: { uri: awardPoints!.url },
      }),
    );
  });
  afterAll(async () => {
    await knative.stop();
    await producer.disconnect();
    await rm(directory, { recursive: true });
  });

  const stored = async () =>
    (await readTopic(brokers, letters))
      .map(toDeadLetter)
      .toSorted((one, other) => one.letterId.localeCompare(other.letterId));

  it('are all kept as dead letters, and a valid one with large headers is not among them', async () => {
    await producer.send({ topic, messages: [...refusable, validWithLargeHeader] });
    await knative.drained();
    expect(await stored()).toMatchObject(
      refusable.map(({ value, headers }, offset) => ({
        letterId: `${topic}/0/${offset}`,
        status: '400',
        topic,
        key,
        value: value === null ? null : Buffer.from(String(value)),
        contentType: headers?.['content-type'],
      })),
    );
    expect(await sql`select order_id from points_ledger`).toMatchObject([
      { orderId: OrderPlaced.example.orderId },
    ]);
  });

  it('are sent again by redrive as the original records', async () => {
    const command = ['scripts/redrive.ts', 'send', '--from', letters];
    await promisify(execFile)('./scripts/run.sh', command, {
      env: { ...process.env, KAFKA_BROKERS: brokers.join(',') },
    });
    const records = await readTopic(brokers, topic);
    const text = ({ key: name, value, headers }: Message) => ({
      key: String(name),
      value: value === null ? null : String(value),
      headers: Object.fromEntries(
        Object.entries(headers ?? {}).map(([header, bytes]) => [header, String(bytes)]),
      ),
    });
    expect(records.slice(-refusable.length).map(text)).toEqual(refusable.map(text));
  });
});
