/** Records that a dispatcher cannot deliver: they are lost here as in a cluster. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Kafka, logLevel, type Message } from '#shared/eventing/kafka/kafkajs.ts';
import { nullHeader } from '#shared/testing/null-header.ts';
import { hasKafka, testKafka } from '#shared/testing/servers/servers.ts';
import { kafkaSource } from '#shared/testing/worlds/kafka-source.ts';
import type { LocalKnative } from '../local-knative.ts';
import { playManifests } from '../play-manifests.ts';
import { type RecordingSink, recordingSink } from './recording-sink.ts';

const { brokers, createTopic } = testKafka();
const producer = new Kafka({ brokers, logLevel: logLevel.NOTHING }).producer();

let directory: string;
let sink: RecordingSink;
let topic: string;
let knative: LocalKnative;

describe.skipIf(!hasKafka())('a record that cannot be delivered', () => {
  beforeAll(() => producer.connect());
  afterAll(() => producer.disconnect());
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'guerdon-undeliverable-'));
    sink = await recordingSink();
    topic = await createTopic('orders');
  });
  afterEach(async () => {
    await knative.stop();
    await sink.close();
    await rm(directory, { recursive: true });
  });

  const ref = { apiVersion: 'eventing.knative.dev/v1alpha1', kind: 'KafkaSink', name: 'letters' };

  /** Writes records to the topic and starts a source of it. */
  const deliver = async (deadLetterSink: object, ...messages: Message[]) => {
    await producer.send({ topic, messages });
    const source = kafkaSource('orders', {
      topics: [topic],
      sink: { uri: `${sink.url}/orders` },
      delivery: {
        retry: 2,
        backoffPolicy: 'linear',
        backoffDelay: 'PT0.005S',
        deadLetterSink,
      },
    });
    const { name, ...kind } = ref;
    const kafkaSink = {
      ...kind,
      metadata: { name },
      spec: { topic: await createTopic('dead-letters'), bootstrapServers: ['nowhere:9092'] },
    };
    knative = await playManifests({ directory, brokers }, source, kafkaSink);
    await knative.drained();
  };

  const overHttp = () => ({ uri: `${sink.url}/dead-letters` });
  const requests = () => sink.received.map(({ url, body }) => `${url} ${body}`);
  const counts = async () => (await knative.statistics())['orders'];

  const event = { ce_specversion: '1.0', ce_id: 'e-1', ce_source: '/test', ce_type: 'asked' };
  const broken = { 'x-tenant': nullHeader() };

  test('for a null header is lost with all plain records of its poll', async () => {
    await deliver(
      overHttp(),
      { value: 'before' },
      { value: 'broken', headers: broken },
      { value: 'event', headers: event },
      { value: 'after' },
    );
    expect(requests()).toEqual(['/orders event']);
    expect(await counts()).toMatchObject({ delivered: 1, deadLettered: 0, lost: 3 });
  });

  test('for a control character is retried and then lost, since no dead letter can carry it', async () => {
    const broken = { value: 'broken', headers: { 'x-note': 'a\nb' } };
    await deliver(overHttp(), broken, { value: 'after' });
    expect(requests()).toEqual(['/orders after']);
    expect(await counts()).toMatchObject({ delivered: 1, retried: 4, deadLettered: 0, lost: 1 });
  });

  test.each([
    ['is typed as an event and is none', { 'content-type': 'application/cloudevents+json' }],
    ['is a batch', { 'content-type': 'application/cloudevents-batch+json' }],
    ['has 8 kB of headers', { 'x-note': 'x'.repeat(8_000) }],
  ])('because it is refused and %s is lost at a KafkaSink', async (_what, headers) => {
    sink.answer(() => ({ status: 400 }));
    await deliver({ ref }, { value: 'no JSON', headers }, { value: 'plain' });
    expect(requests()).toEqual(['/orders no JSON', '/orders plain']);
    expect(await counts()).toMatchObject({ deadLettered: 1, lost: 1 });
  });
});
