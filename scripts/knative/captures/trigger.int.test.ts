import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '#scripts/services/eventually.ts';
import { hasKafka, testKafka } from '#shared/testing/servers/servers.ts';
import type { LocalKnative } from '../local-knative.ts';
import { playManifests } from '../play-manifests.ts';
import { type RecordingSink, recordingSink } from '../receivers/recording-sink.ts';
import { answerTo, type CapturedRequest, captured, received } from './captured-request.ts';
import captures from './trigger.json' with { type: 'json' };

type Capture = Readonly<{
  what: string;
  'posted to the Broker ingress': Readonly<{
    headers: Readonly<Record<string, string | undefined>>;
    body: string;
  }>;
  'ingress answered': number;
  requests: readonly CapturedRequest[];
}>;

const name = `captured-${process.pid}-${Date.now()}`;
const toKafkaSink = { type: 'guerdon.campaign.changed.v1' };

let directory: string;
let sink: RecordingSink;
let knative: LocalKnative;

const trigger = (suffix: string, filter: object, path: string) => ({
  apiVersion: 'eventing.knative.dev/v1',
  kind: 'Trigger',
  metadata: { name: `${name}-${suffix}` },
  spec: {
    broker: name,
    filters: [filter],
    subscriber: { uri: sink.url + path },
    delivery: {
      retry: 2,
      backoffDelay: 'PT0.005S',
      deadLetterSink: { uri: `${sink.url}/guerdon/dead-letters` },
    },
  },
});

/** The position of a record and the address of the function, which differ here. */
const placesIn = (headers: RecordingSink['received'][number]['headers']) => ({
  'ce-knativekafkapartition': headers['ce-knativekafkapartition'],
  'ce-knativekafkaoffset': headers['ce-knativekafkaoffset'],
  ...('ce-knativeerrordest' in headers && { 'ce-knativeerrordest': sink.url }),
});

describe.skipIf(!hasKafka())('a Broker and its Triggers', () => {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'guerdon-captured-'));
    sink = await recordingSink();
    const broker = { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', metadata: { name } };
    knative = await playManifests(
      { directory, brokers: testKafka().brokers, namespace: 'guerdon' },
      broker,
      trigger('sink', { exact: toKafkaSink }, '/guerdon/campaign-events'),
      trigger('function', { not: { exact: toKafkaSink } }, ''),
    );
  });
  afterAll(async () => {
    await knative.stop();
    await sink.close();
    await rm(directory, { recursive: true });
  });

  test.each<Capture>(captures)('deliver what they were captured to: $what', async (capture) => {
    const { requests, 'posted to the Broker ingress': posted } = capture;
    const [first, letter] = requests;
    sink.received.length = 0;
    sink.answer(({ url }) =>
      url.endsWith('/dead-letters') ? { status: 202 } : answerTo(first!, letter),
    );
    // The client of the recording sends a default content type where there is none.
    const contentType = { 'content-type': 'application/x-www-form-urlencoded' };
    const headers = { ...contentType, ...posted.headers };
    const { body } = posted;
    const answer = await request(knative.broker(name), { method: 'POST', headers, body });
    expect(answer.statusCode).toBe(capture['ingress answered']);
    expect(answer.headers).toMatchObject({ 'content-length': '0' });
    await answer.body.dump();

    await eventually(() => sink.received.length >= requests.length, { timeoutMs: 30_000 });
    await knative.drained();
    const expected = requests.map(captured);
    const placed = sink.received.map((ours, n) => ({
      ...expected[n],
      headers: { ...expected[n]?.headers, ...placesIn(ours.headers) },
    }));
    expect(sink.received.map((ours, n) => received(ours, expected[n]!))).toEqual(placed);
    expect(sink.received).toHaveLength(requests.length);
  });

  test('answer 503 to a record that with its headers is beyond 1 MiB, and take one that is not', async () => {
    const headers = {
      'ce-specversion': '1.0',
      'ce-id': 'e-1',
      'ce-source': '/test',
      'ce-type': 'nobody.asks',
      'content-type': 'text/plain',
    };
    const statusOf = async (bytes: number) => {
      const body = 'x'.repeat(bytes);
      const answer = await request(knative.broker(name), { method: 'POST', headers, body });
      await answer.body.dump();
      return answer.statusCode;
    };
    expect(await statusOf(1_048_576)).toBe(503);
    expect(await statusOf(1_048_576 - 300)).toBe(202);
  });
});
