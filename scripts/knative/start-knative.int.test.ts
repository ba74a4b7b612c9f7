import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type IHeaders, Kafka, logLevel, type Message } from '#shared/eventing/kafka/kafkajs.ts';
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

let directory: string;
let sink: RecordingSink;
let running: LocalKnative | undefined;

describe.skipIf(!hasKafka())('local Knative', () => {
  beforeAll(() => Promise.all([producer.connect(), admin.connect()]));
  afterAll(() => Promise.all([producer.disconnect(), admin.disconnect()]));
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'guerdon-knative-'));
    sink = await recordingSink();
  });
  afterEach(async () => {
    sink.answer(() => ({ status: 204 }));
    await running?.stop();
    running = undefined;
    await sink.close();
    await rm(directory, { recursive: true });
  });

  const start = async (...manifests: object[]): Promise<LocalKnative> => {
    running = await playManifests({ directory, brokers }, ...manifests);
    return running;
  };

  const sourceOf = (topic: string, spec: object = {}) =>
    kafkaSource('transactions', { topics: [topic], sink: { uri: `${sink.url}/orders` }, ...spec });

  const deadLetterSink = (topic: string) => ({
    apiVersion: 'eventing.knative.dev/v1alpha1',
    kind: 'KafkaSink',
    metadata: { name: 'dead-letters' },
    spec: { topic, bootstrapServers: ['nowhere:9092'] },
  });

  const delivery = (retry: number) => ({
    retry,
    backoffPolicy: 'linear',
    backoffDelay: 'PT0.005S',
    timeout: 'PT10S',
    deadLetterSink: {
      ref: { apiVersion: 'eventing.knative.dev/v1alpha1', kind: 'KafkaSink', name: 'dead-letters' },
    },
  });

  const numbered = (count: number, partition = 0): Message[] =>
    Array.from({ length: count }, (_, index) => ({ value: `{"n":${index}}`, partition }));

  const committed = async (groupId: string, topic: string) => {
    const [entry] = await admin.fetchOffsets({ groupId, topics: [topic] });
    return entry?.partitions.map(({ offset }) => Number(offset));
  };

  /** Every record of a topic, its headers as text. */
  const readAll = async (topic: string) => {
    const ends = await admin.fetchTopicOffsets(topic);
    const expected = ends.reduce((sum, { high }) => sum + Number(high), 0);
    const consumer = kafka.consumer({ groupId: `${topic}-reader`, maxWaitTimeInMs: 50 });
    const records: { key?: string; value?: string; headers: Record<string, string> }[] = [];
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: ({ message: { key, value, headers = {} } }) => {
        const text = Object.entries(headers).map(([name, header]) => [name, String(header)]);
        records.push({
          ...(key && { key: key.toString() }),
          ...(value && { value: value.toString() }),
          headers: Object.fromEntries(text) as Record<string, string>,
        });
        return Promise.resolve();
      },
    });
    await until(() => records.length >= expected);
    await consumer.disconnect();
    return records;
  };

  test('a plain record arrives exactly as KafkaSource sends it', async () => {
    const topic = await createTopic('transactions', { numPartitions: 3 });
    const headers: IHeaders = { 'content-type': 'application/json', 'x-tenant': 'acme' };
    const value = '{"memberId":"m-1007","amount":1250}';
    const timestamp = String(Date.parse('2026-08-01T10:00:00Z'));
    await producer.send({
      topic,
      messages: [
        { key: 'm-1007', value, headers, partition: 2, timestamp },
        { key: 'm-1007', value: null, partition: 2, timestamp },
      ],
    });
    const knative = await start(sourceOf(topic));
    await knative.drained();

    const [plain, tombstone] = sink.received;
    expect(plain).toMatchObject({ method: 'POST', url: '/orders', body: value });
    expect(plain?.headers).toMatchObject({
      'ce-specversion': '1.0',
      'ce-type': 'dev.knative.kafka.event',
      'ce-source': `/apis/v1/namespaces/rewards/kafkasources/transactions#${topic}`,
      'ce-id': 'partition:2/offset:0',
      'ce-subject': 'partition:2#0',
      'ce-time': '2026-08-01T10:00:00Z',
      'ce-key': 'm-1007',
      'ce-partitionkey': 'm-1007',
      'ce-kafkaheaderxtenant': 'acme',
      'ce-knativekafkapartition': '2',
      'ce-knativekafkaoffset': '0',
      'content-type': 'application/json',
      prefer: 'reply',
      'kn-namespace': 'rewards',
    });
    expect(tombstone?.body).toBe('');
    expect(tombstone?.headers).not.toHaveProperty('content-type');
  });

  test('a record of bytes without a content type arrives as those bytes, without one', async () => {
    const topic = await createTopic('transactions');
    const value = Buffer.from([0, 0, 0, 0, 7, 0xff, 0xfe, 0x80, 0x02, 0x41]);
    await producer.send({
      topic,
      messages: [{ value }, { value, headers: { 'Content-Type': 'Application/Avro' } }],
    });
    const knative = await start(sourceOf(topic));
    await knative.drained();
    expect(sink.received.map(({ bytes }) => bytes)).toEqual([value, value]);
    expect(sink.received[0]?.headers).not.toHaveProperty('content-type');
    expect(sink.received[1]?.headers).toMatchObject({ 'content-type': 'application/avro' });
  });

  test('an event that keeps failing is tried as often as configured, then dead-lettered with the reason', async () => {
    const topic = await createTopic('orders');
    const deadLetters = await createTopic('dead-letters');
    sink.answer(() => ({ status: 503, body: 'the ledger is unavailable' }));
    await producer.send({ topic, messages: [{ key: 'c-1', value: '{"n":1}' }] });
    const knative = await start(
      sourceOf(topic, { delivery: delivery(3) }),
      deadLetterSink(deadLetters),
    );
    await knative.drained();

    expect(sink.received).toHaveLength(4);
    expect(await readAll(deadLetters)).toEqual([
      {
        key: 'c-1',
        value: '{"n":1}',
        headers: expect.objectContaining({
          ce_specversion: '1.0',
          ce_id: 'partition:0/offset:0',
          ce_type: 'dev.knative.kafka.event',
          ce_partitionkey: 'c-1',
          ce_knativeerrordest: `${sink.url}/orders`,
          ce_knativeerrorcode: '503',
          ce_knativeerrordata: Buffer.from('the ledger is unavailable').toString('base64'),
        }) as unknown,
      },
    ]);
    expect((await knative.statistics())['transactions']).toEqual({
      delivered: 0,
      retried: 3,
      deadLettered: 1,
      lost: 0,
      inFlight: 0,
      lag: 0,
    });
  });

  test('a refused record costs one attempt and delays no other', async () => {
    const topic = await createTopic('orders');
    const deadLetters = await createTopic('dead-letters');
    sink.answer(({ body }) => ({ status: body === '{"n":0}' ? 400 : 204 }));
    await producer.send({ topic, messages: numbered(2) });
    const knative = await start(
      sourceOf(topic, { delivery: delivery(10) }),
      deadLetterSink(deadLetters),
    );
    await knative.drained();
    expect(sink.received.map(({ body }) => body)).toEqual(['{"n":0}', '{"n":1}']);
    expect(await readAll(deadLetters)).toHaveLength(1);
  });

  test('a delivery to a function that hangs is given up after the timeout', async () => {
    const topic = await createTopic('orders');
    const deadLetters = await createTopic('dead-letters');
    sink.hold();
    await producer.send({ topic, messages: numbered(1) });
    const knative = await start(
      sourceOf(topic, { delivery: { ...delivery(1), timeout: 'PT0.2S' } }),
      deadLetterSink(deadLetters),
    );
    await knative.drained();
    sink.release();
    expect(sink.received).toHaveLength(2);
    const [letter] = await readAll(deadLetters);
    expect(letter?.headers).not.toHaveProperty('ce_knativeerrorcode');
  });

  test('only what has ended without a gap is committed; after a crash the rest is redelivered', async () => {
    const topic = await createTopic('orders');
    sink.answer(({ body }) => ({ status: body === '{"n":3}' ? 'never' : 204 }));
    await producer.send({ topic, messages: numbered(10) });
    const knative = await start(sourceOf(topic, { ordering: 'unordered' }));
    await until(async () => (await knative.statistics())['transactions']?.delivered === 9);
    expect((await knative.statistics())['transactions']).toMatchObject({ inFlight: 1, lag: 7 });
    await until(async () => (await committed(topic, topic))?.[0] === 3);

    sink.received.length = 0;
    sink.answer(() => ({ status: 204 }));
    await knative.killDispatcher();
    await knative.drained();
    expect(sink.received.map(({ body }) => body)).toEqual(
      [3, 4, 5, 6, 7, 8, 9].map((n) => `{"n":${n}}`),
    );
    await knative.stop();
    expect(await committed(topic, topic)).toEqual([10]);
  });

  test('ordered means one in flight per partition, in order', async () => {
    const topic = await createTopic('orders', { numPartitions: 2 });
    sink.hold();
    await producer.send({ topic, messages: [...numbered(20, 0), ...numbered(20, 1)] });
    const knative = await start(sourceOf(topic));
    await until(() => sink.received.length === 2);
    sink.release();
    await knative.drained();
    expect(sink.mostInFlight).toBe(2);
    const ofPartition = (partition: string) =>
      sink.received
        .filter(({ headers }) => headers['ce-knativekafkapartition'] === partition)
        .map(({ headers }) => Number(headers['ce-knativekafkaoffset']));
    expect(ofPartition('0')).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(ofPartition('1')).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  test('unordered keeps 50 to 99 in flight, whatever the partitions', async () => {
    const topic = await createTopic('orders');
    sink.hold();
    await producer.send({ topic, messages: numbered(400) });
    const knative = await start(sourceOf(topic, { ordering: 'unordered' }));
    await until(() => sink.received.length === 50);
    sink.release();
    await knative.drained();
    expect(sink.received).toHaveLength(400);
    expect(sink.mostInFlight).toBeGreaterThanOrEqual(50);
    expect(sink.mostInFlight).toBeLessThanOrEqual(99);
  });

  test('a new group that starts at the latest offset gets only what comes after it', async () => {
    const topic = await createTopic('orders');
    await producer.send({ topic, messages: [{ value: 'before' }] });
    const knative = await start(sourceOf(topic, { initialOffset: 'latest' }));
    expect(await committed(topic, topic)).toEqual([1]);
    await producer.send({ topic, messages: [{ value: 'after' }] });
    await until(() => sink.received.length === 1);
    await knative.drained();
    expect(sink.received.map(({ body }) => body)).toEqual(['after']);
  });

  describe('a Broker', () => {
    const broker = (name: string) => ({
      apiVersion: 'eventing.knative.dev/v1',
      kind: 'Broker',
      metadata: { name, annotations: { 'eventing.knative.dev/broker.class': 'Kafka' } },
    });

    const trigger = (broker: string, type: string, spec: object = {}) => ({
      apiVersion: 'eventing.knative.dev/v1',
      kind: 'Trigger',
      metadata: { name: `${broker}-on-${type}` },
      spec: {
        broker,
        filter: { attributes: { type } },
        subscriber: { uri: `${sink.url}/${type}` },
        ...spec,
      },
    });

    const post = (url: string, headers: Record<string, string>, body = '{}') =>
      fetch(url, { method: 'POST', headers, body });

    const eventHeaders = (type: string) => ({
      'ce-specversion': '1.0',
      'ce-id': 'e-1',
      'ce-source': '/test',
      'ce-type': type,
      'ce-partitionkey': 'c-1',
      'content-type': 'application/json',
    });

    test('accepts events and nothing else', async () => {
      // A unique one, since its topic remains after the test on a Kafka that others use, too.
      const name = `taking-${randomUUID().slice(0, 8)}`;
      const knative = await start(broker(name));
      const url = knative.broker(name);
      const statusOf = async (answer: Promise<Response>) => (await answer).status;
      expect(await statusOf(post(url, eventHeaders('asked')))).toBe(202);
      expect(await statusOf(post(url, { 'content-type': 'application/json' }))).toBe(400);
      expect(await statusOf(post(`${url}-not`, eventHeaders('asked')))).toBe(404);
      expect(await statusOf(fetch(url))).toBe(405);
      const envelope = { specversion: '1.0', id: 'e-2', source: '/test', type: 'asked', data: {} };
      const structured = { 'content-type': 'application/cloudevents+json' };
      expect(await statusOf(post(url, structured, JSON.stringify(envelope)))).toBe(202);
      const records = await readAll(`knative-broker-rewards-${name}`);
      expect(records.find(({ headers }) => headers['ce_id'] === 'e-1')?.key).toBe('c-1');
      expect(records).toHaveLength(2);
    });

    test('delivers to each Trigger what passes its filter, and accepts an event in an answer', async () => {
      const knative = await start(
        broker('routing'),
        trigger('routing', 'asked'),
        trigger('routing', 'done'),
      );
      sink.answer(({ url }) =>
        url === '/asked'
          ? { status: 200, headers: eventHeaders('done'), body: '{"by":"asked"}' }
          : { status: 204 },
      );
      await post(knative.broker('routing'), eventHeaders('asked'));
      await post(knative.broker('routing'), eventHeaders('ignored'));
      await until(() => sink.received.length === 2);
      await knative.drained();
      expect(sink.received.map(({ url }) => url)).toEqual(['/asked', '/done']);
      expect(sink.received[1]).toMatchObject({ body: '{"by":"asked"}' });
      expect(sink.received[1]?.headers).toHaveProperty('ce-knativekafkaoffset');
    });

    test('treats an answer that is no event as a failure', async () => {
      const deadLetters = await createTopic('dead-letters');
      const knative = await start(
        broker('answering'),
        trigger('answering', 'asked', { delivery: delivery(5) }),
        deadLetterSink(deadLetters),
      );
      sink.answer(() => ({ status: 200, body: '{"ok":true}' }));
      await post(knative.broker('answering'), eventHeaders('asked'));
      await until(() => sink.received.length === 1);
      await knative.drained();
      expect(sink.received).toHaveLength(1);
      expect(await readAll(deadLetters)).toHaveLength(1);
    });
  });

  describe('a function', () => {
    const service = (env: object[] = []) => ({
      apiVersion: 'serving.knative.dev/v1',
      kind: 'Service',
      metadata: { name: 'echo' },
      spec: { template: { spec: { containers: [{ image: 'echo', env }] } } },
    });

    const bundle = `
      import { createServer } from 'node:http';
      createServer((request, response) => response.end(JSON.stringify(process.env)))
        .listen(Number(process.env.PORT), process.env.HOST);`;

    beforeEach(async () => {
      await mkdir(join(directory, 'echo'));
      await writeFile(join(directory, 'echo', 'package.json'), '{"type":"module"}');
      await writeFile(join(directory, 'echo', 'index.js'), bundle);
    });

    test('runs with the variables of its manifest and none of ours', async () => {
      process.env['OURS'] = 'secret';
      const knative = await start(service([{ name: 'GREETING', value: 'hello' }]));
      const environment = (await (await fetch(knative.url('echo'))).json()) as object;
      expect(environment).toMatchObject({
        GREETING: 'hello',
        K_SERVICE: 'echo',
        HOST: '127.0.0.1',
      });
      expect(environment).not.toHaveProperty('OURS');
    });

    test('starts again after it was killed, and events wait for it', async () => {
      const topic = await createTopic('orders');
      const sinkRef = {
        ref: { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'echo' },
      };
      const deadLetters = await createTopic('dead-letters');
      const knative = await start(
        service(),
        deadLetterSink(deadLetters),
        sourceOf(topic, { sink: sinkRef, delivery: { ...delivery(1000) } }),
      );
      const { echo: before } = knative.pids();
      knative.kill('echo', 'SIGKILL');
      await until(() => knative.pids()['echo'] === undefined);
      await producer.send({ topic, messages: numbered(5) });
      await knative.drained();
      expect((await knative.statistics())['transactions']).toMatchObject({
        delivered: 5,
        deadLettered: 0,
      });
      expect(knative.pids()['echo']).not.toBe(before);
    });

    test('that never starts is an error with the end of its log', async () => {
      await writeFile(join(directory, 'echo', 'index.js'), 'throw new Error("no DATABASE_URL")');
      await expect(start(service())).rejects.toThrow('no DATABASE_URL');
    });
  });
});
