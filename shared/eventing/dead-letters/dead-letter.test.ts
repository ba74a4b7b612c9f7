import { describe, expect, it } from 'vitest';
import { wrapPlainRecord } from '#scripts/knative/kafka/record-to-event.ts';
import type { TopicRecord } from '../kafka/topic-record.ts';
import { toDeadLetter, toRecord } from './dead-letter.ts';
import { nextHistory } from './resend-history.ts';

const problem = JSON.stringify({ code: 'invalid-data', detail: 'amount must be positive' });

const message = (
  attributes: Record<string, string>,
  value: string | null = '{"amount":-1}',
  headers: Record<string, string> = {},
  key: string | null = null,
) =>
  ({
    partition: 3,
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
    offset: '7',
    timestamp: '1795000000000',
    headers: Object.fromEntries(
      [
        ...Object.entries(attributes).map(([name, text]) => [`ce_${name}`, text] as const),
        ...Object.entries(headers),
      ].map(([name, text]) => [name, Buffer.from(text)]),
    ),
  }) as unknown as TopicRecord;

const plain = {
  id: 'partition:2/offset:41',
  source: '/apis/v1/namespaces/guerdon/kafkasources/orders#orders',
  type: 'dev.knative.kafka.event',
  partitionkey: 'c-1',
  knativeerrorcode: '400',
  knativeerrordata: Buffer.from(problem).toString('base64'),
};

describe('toDeadLetter', () => {
  it('records where a plain record came from and why it was given up', () => {
    expect(toDeadLetter(message(plain))).toMatchObject({
      place: '3/7',
      topic: 'orders',
      key: 'c-1',
      status: '400',
      code: 'invalid-data',
      detail: 'amount must be positive',
    });
  });

  it('knows the topic of our events by their contracts, and not that of others', () => {
    expect(toDeadLetter(message({ ...plain, type: 'guerdon.order.placed.v1' })).topic).toBe(
      'orders',
    );
    expect(toDeadLetter(message({ ...plain, type: 'shop.opened' })).topic).toBeUndefined();
  });

  it.each([
    ['guerdon.order.refunded.v1', 'orders'],
    ['guerdon.order.progressed.v1', 'orders'],
    ['guerdon.action.performed.v1', 'tenant-events'],
    ['guerdon.action.reversed.v1', 'tenant-events'],
    ['guerdon.campaign.qualified.v1', 'campaign-qualified'],
    ['guerdon.incentive.reversal-requested.v1', 'campaign-qualified'],
    ['guerdon.campaign.changed.v1', 'campaign-events'],
  ])('sends %s to %s, whichever way it came', (type, topic) => {
    expect(toDeadLetter(message({ ...plain, type, source: '/app' })).topic).toBe(topic);
  });

  it('knows by its key the topic that a letter came from, and that it is the same letter', () => {
    const at = { knativekafkapartition: '2', knativekafkaoffset: '41' };
    const stranger = { ...plain, ...at, type: 'shop.opened', source: '/shop' };
    const letter = (key: string) => toDeadLetter(message(stranger, null, {}, key));
    expect(letter('tenant-events/2/41')).toMatchObject({
      letterId: 'tenant-events/2/41',
      topic: 'tenant-events',
      key: 'c-1',
    });
    expect(letter('triggers/on-tick/2/41').topic).toBeUndefined();
    expect(letter(`unknown/${'0'.repeat(64)}`).topic).toBeUndefined();
    // The key of a letter that a KafkaSink wrote is that of its event.
    expect(letter('tenant-events/2/40')).toMatchObject({ letterId: '3/7', topic: undefined });
  });

  it('shows an answer that is no problem of ours as it is, and none as none', () => {
    const cut = Buffer.from(problem.slice(0, 20)).toString('base64');
    expect(toDeadLetter(message({ ...plain, knativeerrordata: cut }))).toMatchObject({
      code: 'unknown',
      detail: problem.slice(0, 20),
    });
    const { knativeerrorcode: _code, knativeerrordata: _data, ...unanswered } = plain;
    expect(toDeadLetter(message(unanswered))).toMatchObject({
      status: undefined,
      code: 'unknown',
      detail: '',
    });
  });
});

describe('toRecord', () => {
  it('sends a plain record again as it was, a tombstone included', () => {
    expect(toRecord(toDeadLetter(message(plain)))).toEqual({
      key: 'c-1',
      value: Buffer.from('{"amount":-1}'),
      headers: {},
    });
    expect(toRecord(toDeadLetter(message(plain, null))).value).toBeNull();
  });

  it('sends a plain record again with its content type and headers, as far as KafkaSource distinguishes them', () => {
    const first = {
      topic: 'orders',
      partition: 2,
      message: {
        key: Buffer.from('c-1'),
        value: Buffer.from([0, 255]),
        headers: { 'Content-Type': Buffer.from('application/avro'), 'x-Trace': Buffer.from('t-1') },
        offset: '41',
        timestamp: '1795000000000',
        attributes: 0,
      },
    };
    const source = { namespace: 'guerdon', name: 'orders', keyType: 'string' } as const;
    const { attributes } = wrapPlainRecord(first, source);
    const { datacontenttype = '', ...rest } = attributes;
    const letter = toDeadLetter({
      ...message(rest, null, { 'content-type': datacontenttype }),
      value: first.message.value,
    });
    const { key, value, headers } = toRecord(letter);
    const again = {
      ...first,
      message: {
        ...first.message,
        key: Buffer.from(String(key)),
        value: value as Buffer,
        headers: headers as Record<string, string>,
      },
    };
    expect(wrapPlainRecord(again, source)).toEqual(wrapPlainRecord(first, source));
  });

  it('sends a plain record again as of when it was first sent', () => {
    const timed = { ...plain, time: '2026-11-21T10:15:00.5Z' };
    expect(toRecord(toDeadLetter(message(timed))).timestamp).toBe(
      String(Date.parse('2026-11-21T10:15:00.500Z')),
    );
  });

  it('sends a CloudEvent again with all attributes that it had, and without those of the dispatcher', () => {
    const event = {
      ...plain,
      ...{ specversion: '1.0', type: 'guerdon.order.placed.v1', source: '/shop', id: 'e-1' },
      ...{ time: '2026-11-21T10:15:00Z', correlationid: 'r-1', knativekafkaoffset: '41' },
    };
    expect(toRecord(toDeadLetter(message(event))).headers).toEqual({
      ce_specversion: '1.0',
      ce_id: 'e-1',
      ce_source: '/shop',
      ce_type: 'guerdon.order.placed.v1',
      ce_time: '2026-11-21T10:15:00Z',
      ce_partitionkey: 'c-1',
      ce_correlationid: 'r-1',
    });
  });

  it('counts the resends of a CloudEvent in its extensions, and begins again when it is sent by hand', () => {
    const event = { ...plain, type: 'guerdon.order.placed.v1', guerdonresends: '4' };
    const letter = toDeadLetter(message(event));
    const { headers } = toRecord(letter, nextHistory(letter));
    expect(headers).toMatchObject({
      ce_guerdonresends: '5',
      ce_guerdonfirstletterat: letter.at.toISOString(),
    });
    expect(toRecord(letter).headers).not.toHaveProperty('ce_guerdonresends');
    const forged = { ...event, guerdonresends: '-1', guerdonfirstletterat: '2999-01-01T00:00:00Z' };
    expect(toDeadLetter(message(forged))).toMatchObject({ resends: 0, firstLetterAt: letter.at });
  });

  it('sends bytes again with the content type they had', () => {
    const event = { ...plain, type: 'guerdon.action.performed.v1', source: '/app', id: 'e-1' };
    const avro = message(event, 'bytes', { 'content-type': 'application/avro' });
    expect(toRecord(toDeadLetter(avro)).headers).toMatchObject({
      'content-type': 'application/avro',
    });
  });
});
