/**
 * Consumer groups of several members: what Kafka and the dispatcher do when pods start, stop and
 * die.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Kafka, logLevel, type Message } from '#shared/eventing/kafka/kafkajs.ts';
import { hasKafka, testKafka } from '#shared/testing/servers/servers.ts';
import { until } from '#shared/testing/until.ts';
import { kafkaSource } from '#shared/testing/worlds/kafka-source.ts';
import type { LocalKnative } from './local-knative.ts';
import { playManifests } from './play-manifests.ts';
import { type RecordingSink, recordingSink } from './receivers/recording-sink.ts';

const { brokers, createTopic } = testKafka();
const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
const producer = kafka.producer();
const admin = kafka.admin();

describe.skipIf(!hasKafka())('dispatcher pods', () => {
  let directory: string;
  let sink: RecordingSink;
  let knative: LocalKnative | undefined;
  beforeAll(() => Promise.all([producer.connect(), admin.connect()]));
  afterAll(() => Promise.all([producer.disconnect(), admin.disconnect()]));
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'guerdon-dispatchers-'));
    sink = await recordingSink();
  });
  afterEach(async () => {
    sink.release();
    await knative?.stop();
    knative = undefined;
    await sink.close();
    await rm(directory, { recursive: true });
  });

  /**
   * Starts one source of a topic of four partitions, each with some records, for up to two
   * consumers.
   */
  const start = async (dispatchers: number, delivery: object = { retry: 0 }) => {
    const topic = await createTopic('orders', { numPartitions: 4 });
    const source = kafkaSource('orders', {
      topics: [topic],
      consumers: 2,
      ordering: 'unordered',
      delivery,
      sink: { uri: sink.url },
    });
    const running = await playManifests({ directory, brokers, dispatchers }, source);
    knative = running;
    return { topic, running };
  };

  const send = async (topic: string, names: readonly string[]): Promise<void> => {
    const messages = names.map((value, index): Message => ({ value, partition: index % 4 }));
    await producer.send({ topic, messages });
  };
  const named = (prefix: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
  const received = () => sink.received.map(({ body }) => body).sort();
  const membersOf = async (groupId: string): Promise<number> =>
    (await admin.describeGroups([groupId])).groups[0]?.members.length ?? 0;
  const committed = async (topic: string): Promise<number> => {
    const [entry] = await admin.fetchOffsets({ groupId: topic, topics: [topic] });
    return entry?.partitions.reduce((sum, { offset }) => sum + Number(offset), 0) ?? 0;
  };

  test('each is one member of a group, up to the consumers of the source, and they share the records', async () => {
    const { topic, running } = await start(3);
    expect(await membersOf(topic)).toBe(2);
    await send(topic, named('order', 40));
    await running.drained();
    expect(received()).toEqual(named('order', 40).sort());
    await running.stop();
    expect(await committed(topic)).toBe(40);
  });

  test('one of them is one member, whatever the consumers of the source', async () => {
    const { topic } = await start(1);
    expect(await membersOf(topic)).toBe(1);
  });

  test('what is in flight during a rebalance is redelivered at once, and its first result is ignored', async () => {
    const { topic, running } = await start(1);
    sink.hold();
    await send(topic, named('order', 8));
    await until(() => sink.received.length === 8);
    await running.scaleDispatchers(2);
    await until(() => sink.received.length >= 16);
    expect(sink.mostInFlight).toBeGreaterThanOrEqual(16);
    sink.release();
    await running.drained();
    expect(new Set(received())).toEqual(new Set(named('order', 8)));
    await running.stop();
    expect(await committed(topic)).toBe(8);
  });

  test('what was answered before a rebalance is committed with it and not redelivered', async () => {
    const { topic, running } = await start(1);
    await send(topic, named('early', 20));
    await running.drained();
    await running.scaleDispatchers(2);
    await send(topic, named('late', 20));
    await running.drained();
    expect(received()).toEqual([...named('early', 20), ...named('late', 20)].sort());
  });

  test('SIGTERM commits what was answered, and the next pod delivers what waits for a retry', async () => {
    const delivery = { retry: 1_000, backoffPolicy: 'linear', backoffDelay: 'PT1H' };
    const { topic, running } = await start(1, delivery);
    sink.answer(({ body }) => ({ status: body === 'order-7' ? 503 : 204 }));
    await send(topic, named('order', 8));
    await until(() => sink.received.length === 8);
    await until(async () => (await running.statistics())['orders']?.delivered === 7);
    sink.answer(() => ({ status: 204 }));
    await running.restartDispatcher();
    await running.drained();
    expect(received()).toEqual([...named('order', 8), 'order-7'].sort());
  });

  test('SIGKILL commits nothing more: what was not committed is redelivered, nothing is lost', async () => {
    const { topic, running } = await start(2);
    await send(topic, named('before', 20));
    await running.drained();
    sink.hold();
    await send(topic, named('during', 20));
    await until(() => sink.received.length >= 40);
    await running.killDispatcher(0);
    await running.killDispatcher(1);
    sink.release();
    await running.drained();
    await send(topic, named('after', 20));
    await running.drained();
    const all = [...named('before', 20), ...named('during', 20), ...named('after', 20)];
    expect(new Set(received())).toEqual(new Set(all));
    const times = (prefix: string) => received().filter((body) => body.startsWith(prefix)).length;
    expect(times('during')).toBeGreaterThanOrEqual(40);
    await running.stop();
    expect(await committed(topic)).toBe(60);
  });
});
