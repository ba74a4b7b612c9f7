import type { IHeaders, KafkaMessage } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { cloudEventIn, wrapPlainRecord } from './record-to-event.ts';

const source = { namespace: 'rewards', name: 'transactions', keyType: 'string' } as const;

type Part = Readonly<{ key?: Buffer | null; value?: string | null; headers?: IHeaders }>;

const recordOf = ({ key = null, value = '{}', headers = {} }: Part) => ({
  topic: 'rewards.transactions',
  partition: 2,
  message: {
    key,
    value: value === null ? null : Buffer.from(value),
    headers,
    offset: '41',
    timestamp: String(Date.parse('2026-08-01T10:00:00Z')),
    attributes: 0,
  } satisfies KafkaMessage,
});

const wrapped = (part: Part) => wrapPlainRecord(recordOf(part), source);

const plainAttributes = {
  specversion: '1.0',
  type: 'dev.knative.kafka.event',
  source: '/apis/v1/namespaces/rewards/kafkasources/transactions#rewards.transactions',
  id: 'partition:2/offset:41',
  subject: 'partition:2#41',
  time: '2026-08-01T10:00:00Z',
  knativekafkapartition: '2',
  knativekafkaoffset: '41',
};

describe('a plain record', () => {
  test('becomes exactly the event that Knative makes of it', () => {
    const event = wrapped({
      key: Buffer.from('m-1007'),
      value: '{"memberId":"m-1007","amount":1250}',
      headers: { 'Content-Type': Buffer.from('Application/JSON'), 'x-tenant': Buffer.from('acme') },
    });
    expect(event.attributes).toEqual({
      ...plainAttributes,
      key: 'm-1007',
      partitionkey: 'm-1007',
      datacontenttype: 'application/json',
      kafkaheaderxtenant: 'acme',
    });
    expect(event.data?.toString()).toBe('{"memberId":"m-1007","amount":1250}');
  });

  test('has no content type, key or data where the record has none', () => {
    expect(wrapped({ value: null })).toEqual({ attributes: plainAttributes, data: undefined });
    expect(wrapped({ key: Buffer.alloc(0) }).attributes).toEqual(plainAttributes);
  });

  test('takes the last value of a header that occurs twice', () => {
    expect(wrapped({ headers: { twice: ['a', 'b'] } }).attributes).toMatchObject({
      kafkaheadertwice: 'b',
    });
  });

  test('keeps the fractional digits of seconds that the time has', () => {
    const { message, ...record } = recordOf({});
    const timeAt = (timestamp: number) =>
      wrapPlainRecord({ ...record, message: { ...message, timestamp: String(timestamp) } }, source)
        .attributes['time'];
    expect(timeAt(Date.parse('2026-08-01T10:00:00.120Z'))).toBe('2026-08-01T10:00:00.12Z');
    expect(timeAt(Date.parse('2026-08-01T10:00:10Z'))).toBe('2026-08-01T10:00:10Z');
  });

  test.each([
    ['int', Buffer.from([0, 0, 1, 0]), '256'],
    ['int', Buffer.from('m-1'), 'm-1'],
    ['float', Buffer.from([0x3f, 0xc0, 0, 0]), '1.5'],
    ['byte-array', Buffer.from([1, 2, 3]), 'AQID'],
  ] as const)('reads a key of type %s', (keyType, key, expected) => {
    const event = wrapPlainRecord(recordOf({ key }), { ...source, keyType });
    expect(event.attributes['key']).toBe(expected);
  });
});

const ceHeaders = {
  ce_specversion: '1.0',
  ce_id: 'o-1',
  ce_source: '/shops/1',
  ce_type: 'order.placed.v1',
};

describe('a record that is a CloudEvent', () => {
  test('keeps its attributes in binary mode; key and other headers are not passed on', () => {
    const headers = { ...ceHeaders, 'content-type': 'application/json', 'x-tenant': 'acme' };
    expect(cloudEventIn(recordOf({ key: Buffer.from('k'), headers }))?.attributes).toEqual({
      specversion: '1.0',
      id: 'o-1',
      source: '/shops/1',
      type: 'order.placed.v1',
      datacontenttype: 'application/json',
      knativekafkapartition: '2',
      knativekafkaoffset: '41',
    });
  });

  test('is unpacked from structured mode', () => {
    const envelope = {
      specversion: '1.0',
      id: 'o-1',
      source: '/shops/1',
      type: 'order.placed.v1',
      datacontenttype: 'application/json',
      sequence: 7,
      data: { amount: '12.50' },
    };
    const headers = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
    const event = cloudEventIn(recordOf({ headers, value: JSON.stringify(envelope) }));
    expect(event?.attributes).toMatchObject({ id: 'o-1', sequence: '7' });
    expect(event?.data?.toString()).toBe('{"amount":"12.50"}');
  });

  test.each([
    ['has a blank in its source', { headers: { ...ceHeaders, ce_source: 'a b' } }],
    ['has a source without a scheme', { headers: { ...ceHeaders, ce_source: ':a' } }],
    ['has another version', { headers: { ...ceHeaders, ce_specversion: '9' } }],
    ['has a time that is none', { headers: { ...ceHeaders, ce_time: 'today' } }],
    ['has an attribute that is none', { headers: { ...ceHeaders, 'ce_not-a-name': 'x' } }],
    ['is a broken envelope', { headers: { 'content-type': 'application/cloudevents+json' } }],
    ['is a batch', { headers: { 'content-type': 'application/cloudevents-batch+json' } }],
    ['spells headers as on HTTP', { headers: { 'ce-specversion': '1.0', 'ce-id': 'o-1' } }],
  ])('is plain when it %s', (_reason, part) => {
    expect(cloudEventIn(recordOf(part))).toBeUndefined();
    expect(wrapped(part).attributes['type']).toBe('dev.knative.kafka.event');
  });

  test('that fails keeps its headers as plain ones', () => {
    const { ce_id: _, ...headers } = ceHeaders;
    expect(wrapped({ headers }).attributes).toMatchObject({
      kafkaheadercetype: 'order.placed.v1',
    });
  });
});
