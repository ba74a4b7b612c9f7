import { isDeepStrictEqual } from 'node:util';
import { pino } from 'pino';
import { describe, expect, it, vi } from 'vitest';
import sinkRecordings from '#scripts/knative/captures/kafka-sink.json' with { type: 'json' };
import sourceRecordings from '#scripts/knative/captures/kafka-source.json' with { type: 'json' };
import triggerRecordings from '#scripts/knative/captures/trigger.json' with { type: 'json' };
import { resourcesOf } from '#scripts/manifests/kinds.ts';
import { loadKustomization } from '#scripts/manifests/load-kustomization.ts';
import { readTopic } from '#scripts/platform/topics/read-topic.ts';
import { type KafkaWriter, kafkaWriter } from '#shared/eventing/kafka/kafka-writer.ts';
import { hosted } from '#shared/testing/servers/hosted.ts';
import { hasKafka, testKafka } from '#shared/testing/servers/servers.ts';
import { storeDeadLetters } from './handler.ts';
import { deadLettersStoredTotal } from './metrics.ts';

const kafka = testKafka();
const log = pino({ level: 'silent' });
/** Kafka always answers first. */
const patienceMs = Infinity;

/** The settings of the topic in production, as far as one broker can have them. */
const topicSettings = () => {
  const topics = resourcesOf(loadKustomization('infra/knative/overlays/local'), 'KafkaTopic');
  const { spec } = topics.find(({ metadata }) => metadata.name === 'dead-letters')!;
  const configEntries = Object.entries(spec.config).map(([name, value]) => ({
    name,
    value: String(value),
  }));
  return { numPartitions: spec.partitions, configEntries };
};

type Sent = Readonly<{ path?: string; headers?: Record<string, string>; body?: Buffer }>;

/** The function with a new topic: its answers, and the letters that it stored, by key. */
const world = async (settings: Parameters<typeof kafka.createTopic>[1] = topicSettings()) => {
  const topic = await kafka.createTopic('letters', settings);
  const writer = kafkaWriter({ brokers: kafka.brokers, clientId: 'test' });
  const ask = await hosted(storeDeadLetters({ writer, topic, patienceMs, log }));
  return {
    send: ({ path = '/orders', headers = {}, body = Buffer.alloc(0) }: Sent) =>
      ask(path, { method: 'POST', headers, body }),
    letters: async () => {
      const records = await readTopic(kafka.brokers, topic);
      return records.map(({ key, value, headers = {} }) => ({
        key: String(key),
        value,
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, bytes]) => [name, String(bytes)]),
        ),
      }));
    },
    close: () => writer.close(),
  };
};

const event = {
  'ce-specversion': '1.0',
  'ce-id': 'partition:2/offset:41',
  'ce-source': '/apis/v1/namespaces/guerdon/kafkasources/orders#orders',
  'ce-type': 'dev.knative.kafka.event',
  'ce-knativekafkapartition': '2',
  'ce-knativekafkaoffset': '41',
  'ce-knativeerrordest': 'http://award-points.guerdon.svc.cluster.local',
};

type Recorded = Readonly<{
  headers: [name: string, value: string][];
  bodyBytes: number;
  bodyStart: string;
  bodyStartBase64?: string;
}>;

/** A recorded delivery that is refused: the dead letter as the dispatcher sends it on. */
const refused = ({
  headers,
  bodyStart,
  bodyStartBase64,
}: Recorded): Required<Omit<Sent, 'path'>> => ({
  headers: {
    ...Object.fromEntries(
      headers.filter(([name]) => name === 'content-type' || name.startsWith('ce-')),
    ),
    'ce-knativeerrorcode': '400',
    'ce-knativeerrordata': 'bm8=',
    'ce-knativeerrordest': 'http://127.0.0.1:28300',
  },
  body: Buffer.from(
    bodyStartBase64 ?? bodyStart,
    bodyStartBase64 === undefined ? 'utf8' : 'base64',
  ),
});

const toKafka = (headers: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.replace(/^ce-/, 'ce_'), value]),
  );

describe.skipIf(!hasKafka())('store-dead-letter', () => {
  it('stores a recorded dead letter as the real KafkaSink did, except for its key', async () => {
    const { send, letters, close } = await world();
    for (const { record } of sinkRecordings) {
      const headers = Object.fromEntries(
        Object.entries(record.headers).map(([name, text]) => [name.replace(/^ce_/, 'ce-'), text]),
      );
      expect(await send({ headers, body: Buffer.from(record.value ?? '') })).toBe('204');
    }
    const expected = sinkRecordings.map(({ record: { headers, value } }) => ({
      key: `orders/${headers.ce_knativekafkapartition}/${headers.ce_knativekafkaoffset}`,
      value: value === null ? null : Buffer.from(value),
      headers,
    }));
    const stored = await letters();
    expect(stored).toHaveLength(expected.length);
    expect(stored).toEqual(expect.arrayContaining(expected));
    await close();
  });

  it('stores every recorded delivery when it is refused, whatever its content type', async () => {
    const { send, letters, close } = await world();
    const deliveries = [...sourceRecordings, ...triggerRecordings]
      .flatMap(({ requests }) => requests.slice(0, 1) as unknown as Recorded[])
      .map(refused);
    expect(deliveries).toHaveLength(67);
    const answers = await Promise.all(
      deliveries.map(({ headers, body }, index) =>
        send({ path: index < 55 ? '/orders' : '/triggers/any', headers, body }),
      ),
    );
    expect(new Set(answers)).toEqual(new Set(['204']));
    const stored = new Map((await letters()).map((letter) => [letter.key, letter]));
    for (const [index, { headers, body }] of deliveries.entries()) {
      const origin = index < 55 ? 'orders' : 'triggers/any';
      const key = `${origin}/${headers['ce-knativekafkapartition']}/${headers['ce-knativekafkaoffset']}`;
      const value = body.length === 0 ? null : body;
      expect(stored.get(key)).toEqual({ key, value, headers: toKafka(headers) });
    }
    expect(stored.size).toBe(67);
    await close();
  });

  it('stores the largest record of a source topic with all headers that queue-proxy lets through', async () => {
    const { send, letters, close } = await world();
    const headers = { ...event, 'ce-kafkaheadernote': 'x'.repeat(1_050_000) };
    const body = Buffer.alloc(1_048_500, 7);
    expect(await send({ headers, body })).toBe('204');
    const [{ value, ...letter } = {}] = await letters();
    expect(letter).toEqual({ key: 'orders/2/41', headers: toKafka(headers) });
    // Compared by itself: vitest compares buffers element by element.
    expect(value?.equals(body)).toBe(true);
    await close();
  });

  it('stores a letter without its value when that is too large for it or for Kafka', async () => {
    const { send, letters, close } = await world({
      numPartitions: 1,
      configEntries: [{ name: 'max.message.bytes', value: '100000' }],
    });
    const next = { ...event, 'ce-knativekafkaoffset': '42' };
    expect(await send({ headers: event, body: Buffer.alloc(1_048_577) })).toBe('204');
    expect(await send({ headers: next, body: Buffer.alloc(200_000) })).toBe('204');
    const kept = (headers: Record<string, string>) => ({
      value: null,
      headers: { ...toKafka(headers), 'guerdon-value-omitted': 'true' },
    });
    expect(await letters()).toEqual([
      { key: 'orders/2/41', ...kept(event) },
      { key: 'orders/2/42', ...kept(next) },
    ]);
    await close();
  });

  it('stores repeats that are in flight together once', async () => {
    const topic = await kafka.createTopic('letters', topicSettings());
    const writer = kafkaWriter({ brokers: kafka.brokers, clientId: 'test' });
    const gate = Promise.withResolvers<undefined>();
    let [arrived, writes] = [0, 0];
    const handle = storeDeadLetters({
      topic,
      patienceMs,
      log,
      writer: {
        write: async (records) => {
          writes += 1;
          await gate.promise;
          return writer.write(records);
        },
      },
    });
    const ask = await hosted((request, response) => {
      // After the function has read the body, and found the letter that is being stored.
      const handled = handle(request, response);
      request.once('end', () => setImmediate(() => (arrived += 1)));
      return handled;
    });
    const repeats = Array.from({ length: 50 }, () =>
      ask('/orders', { method: 'POST', headers: event }),
    );
    await vi.waitFor(() => expect(arrived).toBe(50), 30_000);
    gate.resolve(undefined);
    expect(new Set(await Promise.all(repeats))).toEqual(new Set(['204']));
    expect(writes).toBe(1);
    expect(await readTopic(kafka.brokers, topic)).toHaveLength(1);
    await writer.close();
  });

  it('stores a request that is no event under a key of its content', async () => {
    const { send, letters, close } = await world();
    const body = Buffer.from('{"specversion":"1.0"}');
    const structured = { 'content-type': 'application/cloudevents+json' };
    for (const sent of [
      {},
      {},
      { body },
      { headers: structured, body },
      { path: '/', headers: event },
    ])
      expect(await send(sent)).toBe('204');
    const stored = await letters();
    expect(stored.map(({ value, headers }) => ({ value, headers }))).toEqual(
      expect.arrayContaining([
        { value: null, headers: {} },
        { value: body, headers: {} },
        { value: body, headers: structured },
        { value: null, headers: toKafka(event) },
      ]),
    );
    expect(new Set(stored.map(({ key }) => key)).size).toBe(4);
    expect(stored.map(({ key }) => key)).toContainEqual(
      expect.stringMatching(/^unknown\/[\da-f]{64}$/),
    );
    await close();
  });

  it('counts letters by where they come from and why', async () => {
    const { send, close } = await world();
    const count = async (reason: string) => {
      const { values } = await deadLettersStoredTotal.get();
      const labels = { origin: 'triggers/counted', reason };
      return values.find((one) => isDeepStrictEqual(one.labels, labels))?.value ?? 0;
    };
    const statuses = [['400'], ['422'], ['503'], ['429'], []] as const;
    for (const [offset, [status]] of statuses.entries()) {
      const headers = {
        ...event,
        'ce-knativekafkaoffset': String(offset),
        ...(status !== undefined && { 'ce-knativeerrorcode': status }),
      };
      expect(await send({ path: '/triggers/counted', headers })).toBe('204');
    }
    expect([await count('refused'), await count('transient')]).toEqual([2, 3]);
    await close();
  });

  it('waits while Kafka is unavailable, and answers 503 where that takes too long', async () => {
    const topic = await kafka.createTopic('letters', topicSettings());
    const [nowhere, kafkaAgain] = [['127.0.0.1:1'], kafka.brokers].map((brokers) =>
      kafkaWriter({ brokers, clientId: 'test' }),
    );
    let writes = 0;
    const returning: Pick<KafkaWriter, 'write'> = {
      write: (records) => ((writes += 1) === 1 ? nowhere! : kafkaAgain!).write(records),
    };
    const request = { method: 'POST', headers: event };
    const ask = async (writer: typeof returning, patience: number) => {
      const handle = storeDeadLetters({ writer, topic, patienceMs: patience, log });
      return (await hosted(handle))('/orders', request);
    };
    expect(await ask(nowhere!, 0)).toBe('503 kafka-unavailable');
    expect(await readTopic(kafka.brokers, topic)).toEqual([]);
    expect(await ask(returning, Infinity)).toBe('204');
    expect(await readTopic(kafka.brokers, topic)).toHaveLength(1);
    await Promise.all([nowhere!.close(), kafkaAgain!.close()]);
  });
});
