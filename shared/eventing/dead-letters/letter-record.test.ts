import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import recordings from '#scripts/knative/captures/kafka-source.json' with { type: 'json' };
import type { TopicRecord } from '../kafka/topic-record.ts';
import { toDeadLetter, toRecord } from './dead-letter.ts';
import { type LetterRecord, originIn, toLetterRecord } from './letter-record.ts';

/** A letter as it is read from Kafka. */
const read = ({ key, value, headers }: LetterRecord): TopicRecord => ({
  partition: 0,
  offset: '0',
  timestamp: '1795000000000',
  attributes: 0,
  key: Buffer.from(key),
  value,
  headers: Object.fromEntries(
    Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]),
  ),
});

type Recording = Readonly<{
  what: string;
  record: Readonly<{ key?: string; value?: string | null; headers?: Record<string, string> }>;
  requests: readonly Readonly<{
    headers: [name: string, value: string][];
    bodyStart: string;
    bodyStartBase64?: string;
  }>[];
}>;

const deliveries = (recordings as unknown as Recording[]).map(({ what, record, requests }) => {
  const { headers = [], bodyStart = '', bodyStartBase64 } = requests[0] ?? {};
  const sent = Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
  const body = Buffer.from(
    bodyStartBase64 ?? bodyStart,
    bodyStartBase64 === undefined ? 'utf8' : 'base64',
  );
  return { what, record, sent, body };
});

const redriven = (sent: IncomingHttpHeaders, body: Buffer) => {
  const reason = { 'ce-knativeerrorcode': '400', 'ce-knativeerrordest': 'http://award-points' };
  const letter = toLetterRecord({ path: '/orders', headers: { ...sent, ...reason }, body });
  return toRecord(toDeadLetter(read(letter)));
};

/**
 * Headers as KafkaSource reads them: names in lower case, and of a plain record letters and digits
 * only.
 */
const asRead = (headers: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase() === 'content-type'
        ? 'content-type'
        : name.toLowerCase().replaceAll(/[^a-z0-9]/g, ''),
      name.toLowerCase() === 'content-type' ? String(value).toLowerCase() : value,
    ]),
  );

const isPlain = ({ sent }: (typeof deliveries)[number]) =>
  sent['ce-type'] === 'dev.knative.kafka.event';

/** What HTTP headers cannot carry arrives as question marks, in KafkaSource already. */
const latin1 = (text: string): string => text.replaceAll(/[^\0-\xff]/g, '?');

describe('a letter that is sent again', () => {
  it.each(deliveries.filter(isPlain))(
    'is the record that it was: $what',
    ({ record, sent, body }) => {
      const { key = '', headers = {} } = record;
      const again = redriven(sent, body);
      expect(again.key).toBe(key === '' ? null : latin1(key));
      expect(again.value).toEqual(body.length === 0 ? null : body);
      expect(asRead(again.headers ?? {})).toEqual(
        asRead(
          Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, latin1(text)])),
        ),
      );
      expect(Number(again.timestamp)).toBe(Date.parse(sent['ce-time'] ?? ''));
    },
  );

  it.each(deliveries.filter((one) => !isPlain(one)))(
    'is the event that it was: $what',
    ({ sent, body }) => {
      const attributes = Object.entries(sent).filter(
        ([name]) => name.startsWith('ce-') && !name.startsWith('ce-knative'),
      );
      const contentType = sent['content-type'];
      expect(redriven(sent, body)).toEqual({
        key: sent['ce-partitionkey'] ?? null,
        value: body.length === 0 ? null : body,
        headers: {
          ...Object.fromEntries(attributes.map(([name, text]) => [`ce_${name.slice(3)}`, text])),
          ...(contentType !== undefined && { 'content-type': contentType }),
        },
      });
    },
  );

  it('is found by its origin, whatever its path', () => {
    const at = { 'ce-knativekafkapartition': '2', 'ce-knativekafkaoffset': '41' };
    const origins = ['/orders', '/triggers/on-tick', '/', '/a/b/c', '/a b', '/orders?x=1'].map(
      (path) => originIn(toLetterRecord({ path, headers: at, body: Buffer.alloc(0) })),
    );
    expect(origins).toEqual([
      'orders',
      'triggers/on-tick',
      ...Array.from({ length: 4 }, () => 'unknown'),
    ]);
  });
});
