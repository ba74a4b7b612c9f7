import type { KafkaMessage } from 'kafkajs';
import { Pool } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deliver } from '../delivery/deliver.ts';
import { httpTarget } from '../delivery/http-target.ts';
import { cloudEventIn, wrapPlainRecord } from '../kafka/record-to-event.ts';
import { type RecordingSink, recordingSink } from '../recording-sink.ts';
import { answerTo, type CapturedRequest, captured, received } from './captured-request.ts';
import captures from './kafka-source.json' with { type: 'json' };

type Capture = Readonly<{
  what: string;
  record: Readonly<{
    key?: string;
    value?: string | null;
    b64?: string;
    ts?: number;
    headers?: Readonly<Record<string, string>>;
  }>;
  requests: readonly CapturedRequest[];
}>;

const namespace = 'guerdon';
const source = { namespace, name: 'orders', keyType: 'string' } as const;

let sink: RecordingSink;
let pool: Pool;
beforeAll(async () => {
  sink = await recordingSink();
  pool = new Pool(sink.url);
});
afterAll(async () => {
  await pool.destroy();
  await sink.close();
});

/** A long value is captured as its first letters and its length. */
const valueOf = ({ value, b64 }: Capture['record']): Buffer | null => {
  if (b64 !== undefined) return Buffer.from(b64, 'base64');
  const [, letter, length] = /^(.)\1*… \((\d+)\)$/.exec(value ?? '') ?? [];
  if (letter !== undefined) return Buffer.alloc(Number(length), letter);
  return typeof value === 'string' ? Buffer.from(value) : null;
};

/** The record where and when it lay in Kafka, which its request tells. */
const recordOf = ({ record, requests }: Capture) => {
  const headers = new Map(requests[0]!.headers.map(([name, value]) => [name, value]));
  const time = record.ts ?? Date.parse(headers.get('ce-time') ?? '2026-11-21T15:38:48Z');
  const pairs = Object.entries(record.headers ?? {});
  const message = {
    key: record.key === undefined ? null : Buffer.from(record.key),
    value: valueOf(record),
    headers: Object.fromEntries(pairs.map(([name, text]) => [name, Buffer.from(text)])),
    offset: headers.get('ce-knativekafkaoffset') ?? '',
    timestamp: String(time),
    attributes: 0,
  } satisfies KafkaMessage;
  return { topic: 'orders', partition: Number(headers.get('ce-knativekafkapartition')), message };
};

const targetAt = (path: string, url: string) => httpTarget({ url, origin: pool, path, namespace });

test.each<Capture>(captures)(
  'KafkaSource sends what it was captured to: $what',
  async (capture) => {
    const [request, letter] = capture.requests;
    sink.received.length = 0;
    sink.answer(({ url }) => (url === '/' ? answerTo(request!, letter) : { status: 202 }));
    const record = recordOf(capture);
    await deliver(cloudEventIn(record) ?? wrapPlainRecord(record, source), {
      target: targetAt('/', 'http://127.0.0.1:28300'),
      deadLetterSink: targetAt('/guerdon/dead-letters', 'http://dead-letters'),
      policy: { retries: 2, backoffMs: () => 1, timeoutMs: 10_000 },
      counts: { delivered: 0, retried: 0, deadLettered: 0, lost: 0 },
      stopping: new AbortController().signal,
    });
    const expected = capture.requests.map(captured);
    expect(sink.received.map((ours, n) => received(ours, expected[n]!))).toEqual(expected);
  },
);
