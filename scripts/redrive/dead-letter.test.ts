import { describe, expect, it } from 'vitest';
import type { TopicRecord } from '../platform/read-topic.ts';
import { toDeadLetter, toRecord } from './dead-letter.ts';

const problem = JSON.stringify({ code: 'invalid-data', detail: 'amount must be positive' });

const message = (headers: Record<string, string>, value: string | null = '{"amount":-1}') =>
  ({
    partition: 3,
    key: null,
    value: value === null ? null : Buffer.from(value),
    offset: '7',
    timestamp: '1795000000000',
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, text]) => [`ce_${name}`, Buffer.from(text)]),
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
  it('tells where a plain record came from and why it was given up', () => {
    expect(toDeadLetter(message(plain))).toMatchObject({
      place: '3/7',
      topic: 'orders',
      key: 'c-1',
      status: '400',
      code: 'invalid-data',
      detail: 'amount must be positive',
    });
  });

  it('knows the topic of an event of ours by its contract, and of a stranger not', () => {
    expect(toDeadLetter(message({ ...plain, type: 'guerdon.order.placed.v1' })).topic).toBe(
      'orders',
    );
    expect(toDeadLetter(message({ ...plain, type: 'shop.opened' })).topic).toBeUndefined();
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
    });
    expect(toRecord(toDeadLetter(message(plain, null))).value).toBeNull();
  });

  it('sends a CloudEvent again under the id and source it had', () => {
    const event = { ...plain, type: 'guerdon.order.placed.v1', source: '/shop', id: 'e-1' };
    expect(toRecord(toDeadLetter(message(event))).headers).toEqual({
      ce_specversion: '1.0',
      ce_id: 'e-1',
      ce_source: '/shop',
      ce_type: 'guerdon.order.placed.v1',
      'content-type': 'application/json',
    });
  });
});
