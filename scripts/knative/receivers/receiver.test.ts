import { Pool } from 'undici';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { freePort } from '#scripts/services/free-port.ts';
import type { Answer } from '../delivery/answer.ts';
import type { RoutedEvent } from '../events/routed-event.ts';
import { startReceiver } from './receiver.ts';

let receiver: Awaited<ReturnType<typeof startReceiver>>;
let pool: Pool;
let answer: Answer;
let sent: RoutedEvent[];

const target = {
  url: 'http://broker',
  send: (event: RoutedEvent) => {
    sent.push(event);
    return Promise.resolve(answer);
  },
};

beforeAll(async () => {
  const port = await freePort();
  receiver = await startReceiver(port, new Map([['/guerdon/guerdon', target]]));
  pool = new Pool(`http://127.0.0.1:${port}`);
});
afterAll(async () => {
  await pool.destroy();
  await receiver.stop();
});
beforeEach(() => {
  answer = { status: 202 };
  sent = [];
});

const event = { 'ce-specversion': '1.0', 'ce-id': 'e-1', 'ce-source': '/test', 'ce-type': 'asked' };
const structured = { 'content-type': 'application/cloudevents+json' };
const envelope = JSON.stringify({ specversion: '1.0', id: 'e-1', source: '/test', type: 'asked' });

const post = async (headers: Record<string, string>, body = '', path = '/guerdon/guerdon') => {
  const { statusCode, body: answered } = await pool.request({
    method: 'POST',
    path,
    headers,
    body,
  });
  expect(await answered.text()).toBe('');
  return statusCode;
};

test.each([
  ['in binary mode', event, '{}'],
  ['without data', event, ''],
  ['in structured mode', structured, envelope],
  [
    'whose content type only resembles structured mode',
    { ...event, 'content-type': 'Application/CloudEvents+JSON' },
    '{}',
  ],
  ['with an empty id', { ...event, 'ce-id': '' }, '{}'],
  ['with 7 kB of headers', { ...event, 'ce-note': 'x'.repeat(7_000) }, '{}'],
])('an event %s is taken', async (_what, headers, body) => {
  expect(await post(headers, body)).toBe(202);
  expect(sent).toHaveLength(1);
});

test.each([
  ['what is not an event', 400, { 'content-type': 'application/json' }, '{}'],
  ['an event without an id', 400, { ...event, 'ce-id': undefined }, '{}'],
  ['an envelope that is cut off', 400, { ...event, ...structured }, '{"specversion":'],
  ['an envelope without a body', 400, { ...event, ...structured }, ''],
  [
    'a batch',
    400,
    { ...event, 'content-type': 'application/cloudevents-batch+json' },
    `[${envelope}]`,
  ],
  ['headers beyond 8 kB', 431, { ...event, 'ce-note': 'x'.repeat(9_000) }, '{}'],
])('%s is answered %i', async (_what, status, { ...headers }, body) => {
  const present = Object.entries(headers).filter(([, value]) => value !== undefined);
  expect(await post(Object.fromEntries(present) as Record<string, string>, body)).toBe(status);
  expect(sent).toEqual([]);
});

test('another path is 404, with a query or without, and another method 405', async () => {
  expect(await post(event, '{}', '/guerdon/other')).toBe(404);
  expect(await post(event, '{}', '/guerdon/guerdon?n=1')).toBe(202);
  const { statusCode, body } = await pool.request({ method: 'PUT', path: '/guerdon/guerdon' });
  await body.dump();
  expect(statusCode).toBe(405);
});

test('what Kafka does not accept is 503', async () => {
  answer = { status: 503 };
  expect(await post(event)).toBe(503);
  answer = {};
  expect(await post(event)).toBe(503);
});
