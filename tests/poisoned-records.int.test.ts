/**
 * Records that fail every time cost the other records of their topic a limited number of attempts,
 * which are counted, not timed.
 */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { LocalKnative } from '#scripts/knative/local-knative.ts';
import { playManifests } from '#scripts/knative/play-manifests.ts';
import { type RecordingSink, recordingSink } from '#scripts/knative/receivers/recording-sink.ts';
import { Kafka, logLevel } from '#shared/eventing/kafka/kafkajs.ts';
import { hasKafka, testKafka } from '#shared/testing/servers/servers.ts';
import { until } from '#shared/testing/until.ts';

const { brokers, createTopic } = testKafka();
const timeout = 120_000;

type Source = { metadata: object; spec: { delivery: object } };
/** KafkaSource `orders` as it is deployed. */
const deployed = parse(await readFile('infra/kafka-source/base/orders.yaml', 'utf8')) as Source;
const attemptsMax = 16;

describe.skipIf(!hasKafka())('records that fail every time', { timeout }, () => {
  const producer = new Kafka({ brokers, logLevel: logLevel.NOTHING }).producer();
  let directory: string;
  let sink: RecordingSink;
  let running: LocalKnative;
  beforeAll(() => producer.connect());
  afterAll(() => producer.disconnect());
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'guerdon-poisoned-'));
    sink = await recordingSink();
  });
  afterEach(async () => {
    await running.stop();
    await sink.close();
    await rm(directory, { recursive: true });
  });

  /** Runs the source with its deployed delivery, 60 times faster, on a topic with these records. */
  const play = async (values: readonly string[]): Promise<void> => {
    const topic = await createTopic('poisoned', { numPartitions: 1 });
    await producer.send({ topic, messages: values.map((value) => ({ value })) });
    const own = {
      ...{ bootstrapServers: ['nowhere:9092'], consumerGroup: topic, topics: [topic] },
      ...{ consumers: 1, initialOffset: 'earliest', sink: { uri: `${sink.url}/orders` } },
    };
    const delivery = {
      ...deployed.spec.delivery,
      deadLetterSink: { uri: `${sink.url}/letters` },
    };
    const manifest = { ...deployed, spec: { ...deployed.spec, ...own, delivery } };
    running = await playManifests({ directory, brokers, timeFactor: 60 }, manifest);
  };
  const requests = (url: string, isWanted: (body: string) => boolean) =>
    sink.received.filter((request) => request.url === url && isWanted(request.body)).length;
  const isPoisoned = (body: string): boolean => body.startsWith('poisoned');
  const isGood = (body: string): boolean => !isPoisoned(body);
  const named = (name: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${name}-${index}`);

  it('a record that never gets a response delays no other', async () => {
    sink.answer(({ body }) => ({ status: isPoisoned(body) ? 'never' : 204 }));
    await play(['poisoned', ...named('order', 300)]);
    const isDone = () => requests('/orders', isGood) === 300;
    await until(isDone);
    expect(requests('/letters', isPoisoned)).toBe(0);
  });

  it('a window full of them delays the others for no more than its retries', async () => {
    sink.answer(({ url, body }) => ({ status: url === '/orders' && isPoisoned(body) ? 500 : 204 }));
    await play([...named('poisoned', 120), ...named('order', 300)]);
    await running.drained();
    expect(requests('/orders', isGood)).toBe(300);
    expect(requests('/orders', isPoisoned)).toBe(120 * attemptsMax);
    expect(requests('/letters', isPoisoned)).toBe(120);
  });
});
