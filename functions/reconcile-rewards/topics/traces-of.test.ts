import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InvalidEvent, Unavailable } from '#shared/domain/errors.ts';
import type { TopicRecord } from '#shared/eventing/kafka/topic-record.ts';
import { tracesOf } from './traces-of.ts';

type Headers = Readonly<Record<string, string>>;

const record = (value: string | Buffer | null, headers: Headers = {}): TopicRecord => ({
  partition: 0,
  key: null,
  value: value === null ? null : Buffer.from(value),
  offset: '41',
  timestamp: '1795000000000',
  attributes: 0,
  headers: Object.fromEntries(
    Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]),
  ),
});
const refuse = () => Promise.reject(new InvalidEvent('avro-not-configured', 'no registry'));
const ofOrders = tracesOf('orders', refuse);
const order = { orderId: 'o-1', customerId: 'c-1', amount: 100 };
const ofOrder = [[{ in: 'orders', tenantId: 'default', id: 'o-1' }]];

describe('tracesOf', () => {
  it.each([
    ['a plain record', record(JSON.stringify(order))],
    [
      'a plain record with a content type',
      record(JSON.stringify(order), { 'Content-Type': 'application/JSON' }),
    ],
    [
      'a CloudEvent in binary mode',
      record(JSON.stringify(order), {
        ...{ ce_specversion: '1.0', ce_id: '1', ce_source: '/shop' },
        ...{ ce_type: 'guerdon.order.placed.v1', 'content-type': 'application/json' },
      }),
    ],
    [
      'a CloudEvent in structured mode',
      record(
        JSON.stringify({
          ...{ specversion: '1.0', id: '1', source: '/shop' },
          ...{ type: 'guerdon.order.placed.v1', data: order },
        }),
        { 'content-type': 'application/cloudevents+json; charset=utf-8' },
      ),
    ],
    ['what only looks like a CloudEvent', record(JSON.stringify(order), { ce_specversion: '1.0' })],
  ])('knows what %s leaves', async (_what, each) => {
    expect(await ofOrders(each)).toEqual(ofOrder);
  });

  it.each([
    ['no JSON', record('no JSON')],
    ['a tombstone', record(null)],
    ['an order without an amount', record('{"orderId":"o-1","customerId":"c-1"}')],
    ['Avro without a registry', record(Buffer.from([0, 0, 0, 0, 1, 7]))],
    ['a batch', record('[]', { 'content-type': 'application/cloudevents-batch+json' })],
    ['an action', record('{"eventId":"e-1","userId":"u-1","action":"PURCHASE"}')],
  ])('expects %s to be refused', async (_what, each) => {
    expect(await ofOrders(each)).toBeUndefined();
  });

  it('reads Avro as evaluate-campaign does, and gives up while the registry is unavailable', async () => {
    const avro = record(Buffer.from([0, 0, 0, 0, 1, 7]));
    const action = { eventId: 'e-1', userId: 'u-1', action: 'PURCHASE' };
    const read = tracesOf('tenant-events', () => Promise.resolve(action));
    expect(await read(avro)).toEqual([[{ in: 'actions', tenantId: 'default', id: 'e-1' }]]);
    const away = new Unavailable('schema-registry', 'unavailable');
    await expect(tracesOf('tenant-events', () => Promise.reject(away))(avro)).rejects.toBe(away);
  });
});

describe('docs/producers.md', () => {
  const text = readFileSync(new URL('../../../docs/producers.md', import.meta.url), 'utf8');
  const examples = [...text.matchAll(/^```json (\S+) ?(.*)\n([\s\S]*?)^```$/gm)].map(
    ([, topic = '', contentType = '', value = '']) => ({ topic, contentType, value }),
  );

  it('has no example that is not checked', () => {
    expect(text.match(/^```json/gm)).toHaveLength(examples.length);
    expect(examples.length).toBeGreaterThan(5);
  });

  it.each(examples)('shows a record that $topic accepts: $value', async (example) => {
    const contentType = example.contentType || 'application/json';
    const each = record(example.value, { 'content-type': contentType });
    expect(await tracesOf(example.topic, refuse)(each)).toBeDefined();
  });
});
