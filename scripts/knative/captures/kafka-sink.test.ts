import type { Message } from 'kafkajs';
import { Pool } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '#scripts/services/free-port.ts';
import { deliver } from '../delivery/deliver.ts';
import { httpTarget } from '../delivery/http-target.ts';
import { eventToMessage } from '../kafka/event-to-message.ts';
import { cloudEventIn, wrapPlainRecord } from '../kafka/record-to-event.ts';
import { startReceiver } from '../receivers/receiver.ts';
import { type RecordingSink, recordingSink } from '../receivers/recording-sink.ts';
import captures from './kafka-sink.json' with { type: 'json' };

type Capture = Readonly<{
  what: string;
  record: Readonly<{
    key: string | null;
    value: string | null;
    headers: Readonly<Record<string, string | undefined>>;
  }>;
}>;

const namespace = 'guerdon';
const path = '/guerdon/dead-letters';

let sink: RecordingSink;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
let pools: Readonly<Record<'functions' | 'sinks', Pool>>;
const written: Message[] = [];

beforeAll(async () => {
  sink = await recordingSink();
  const port = await freePort();
  const topic = {
    url: 'http://kafka-sink-ingress',
    send: (event: Parameters<typeof eventToMessage>[0]) => {
      written.push(eventToMessage(event));
      return Promise.resolve({ status: 202 });
    },
  };
  receiver = await startReceiver(port, new Map([[path, topic]]));
  pools = { functions: new Pool(sink.url), sinks: new Pool(`http://127.0.0.1:${port}`) };
});
afterAll(async () => {
  await Promise.all([pools.functions.destroy(), pools.sinks.destroy()]);
  await receiver.stop();
  await sink.close();
});

/** The parts of a record that its dead letter does not show. */
const originals: Readonly<Record<string, { key?: string; value?: string; specversion?: string }>> =
  {
    'dead letter of an empty value (comes back as null)': { value: '' },
    'dead letter of a CloudEvent of specversion 0.3 (the receiver writes 1.0)': {
      specversion: '0.3',
    },
    'dead letter of a record with the key zoë-客': { key: 'zoë-客' },
  };

/**
 * The headers of the record before it was refused: none of those that the dispatcher or KafkaSource
 * added.
 */
const originalHeaders = ({ what, record: { headers } }: Capture) => {
  const { 'content-type': contentType, ...attributes } = headers;
  const isPlain = headers['ce_type'] === 'dev.knative.kafka.event';
  const specversion = originals[what]?.specversion ?? headers['ce_specversion'];
  const sent = isPlain ? {} : { ...attributes, ce_specversion: specversion };
  const present = Object.entries({ ...sent, 'content-type': contentType }).filter(
    ([name, text]) => text !== undefined && !name.startsWith('ce_knative'),
  );
  return Object.fromEntries(present.map(([name, text]) => [name, Buffer.from(text ?? '')]));
};

const bytesOf = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text));

const originalOf = (capture: Capture) => {
  const { what, record } = capture;
  const { key = record.key, value = record.value } = originals[what] ?? {};
  const { headers } = record;
  return {
    topic: 'orders',
    partition: Number(headers['ce_knativekafkapartition']),
    message: {
      key: bytesOf(key),
      value: bytesOf(value),
      headers: originalHeaders(capture),
      offset: headers['ce_knativekafkaoffset'] ?? '',
      timestamp: String(Date.parse(headers['ce_time'] ?? '2026-11-21T15:22:52Z')),
      attributes: 0,
    },
  };
};

const source = { namespace, name: 'orders', keyType: 'string' } as const;

test.each<Capture>(captures)('KafkaSink writes what it was captured to: $what', async (capture) => {
  const { headers, key, value } = capture.record;
  const data = Buffer.from(headers['ce_knativeerrordata'] ?? '', 'base64').toString();
  const status = Number(headers['ce_knativeerrorcode'] ?? 204);
  sink.answer(() => ({ status, body: data }));
  written.length = 0;
  const record = originalOf(capture);
  const event = cloudEventIn(record) ?? wrapPlainRecord(record, source);
  const kafkaSink = httpTarget({ url: 'http://sink', origin: pools.sinks, path, namespace });
  const origin = pools.functions;
  await deliver(event, {
    target:
      status === 204
        ? kafkaSink
        : httpTarget({ url: headers['ce_knativeerrordest'] ?? '', origin, path: '/', namespace }),
    deadLetterSink: kafkaSink,
    policy: { retries: 0, backoffMs: () => 1, timeoutMs: 10_000 },
    counts: { delivered: 0, retried: 0, deadLettered: 0, lost: 0 },
    stopping: new AbortController().signal,
  });
  expect(
    written.map((message) => ({ ...message, value: message.value?.toString() ?? null })),
  ).toEqual([{ key, value, headers }]);
});
