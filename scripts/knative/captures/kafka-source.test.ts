import { Pool } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deliver } from '../delivery/deliver.ts';
import { httpTarget } from '../delivery/http-target.ts';
import { cloudEventIn, wrapPlainRecord } from '../kafka/record-to-event.ts';
import { type RecordingSink, recordingSink } from '../receivers/recording-sink.ts';
import { recordOf, type SourceCapture } from './captured-record.ts';
import { answerTo, captured, received } from './captured-request.ts';
import captures from './kafka-source.json' with { type: 'json' };

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

const targetAt = (path: string, url: string) => httpTarget({ url, origin: pool, path, namespace });

test.each<SourceCapture>(captures)(
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
