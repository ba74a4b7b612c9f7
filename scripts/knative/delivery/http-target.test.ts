import { Pool } from 'undici';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { recordingSink } from '../receivers/recording-sink.ts';
import { httpTarget } from './http-target.ts';

const sink = await recordingSink();
const pool = new Pool(sink.url, { connections: 2 });
const target = httpTarget({
  url: 'http://function',
  origin: pool,
  path: '/path?q=1',
  namespace: 'rewards',
});
afterAll(async () => {
  await pool.destroy();
  await sink.close();
});
beforeEach(() => {
  sink.received.length = 0;
  sink.answer(() => ({ status: 204 }));
});

const event = (attributes: Record<string, string>, data?: string) => ({
  attributes: { specversion: '1.0', ...attributes },
  data: data === undefined ? undefined : Buffer.from(data),
});

test('an event is posted in binary mode and its answer comes back', async () => {
  sink.answer(() => ({ status: 400, headers: { 'kne-reason': 'amount' }, body: 'no' }));
  const answer = await target.send(
    event({ id: 'e-1', datacontenttype: 'text/plain' }, 'hi'),
    1_000,
  );
  expect(answer).toMatchObject({ status: 400, headers: { 'kne-reason': 'amount' } });
  expect(answer.body?.toString()).toBe('no');
  expect(sink.received[0]).toMatchObject({
    method: 'POST',
    url: '/path?q=1',
    body: 'hi',
    headers: { 'ce-id': 'e-1', 'content-type': 'text/plain', 'kn-namespace': 'rewards' },
  });
});

test('characters that a header cannot carry arrive as question marks', async () => {
  await target.send(event({ subject: 'café 東京' }), 1_000);
  expect(sink.received[0]?.headers['ce-subject']).toBe('café ??');
});

test('an event with a line break in an attribute gets no answer, and later ones are delivered', async () => {
  const broken = event({ subject: 'a\r\nb' });
  for (let n = 0; n < 5; n += 1) expect(await target.send(broken, 1_000)).toEqual({});
  expect(sink.received).toHaveLength(0);
  expect(await target.send(event({}), 1_000)).toMatchObject({ status: 204 });
});

test('a target that is silent beyond the timeout gives no answer', async () => {
  sink.answer(() => ({ status: 'never' }));
  expect(await target.send(event({}), 20)).toEqual({});
});

test('an address at which nothing listens gives no answer', async () => {
  const nowhere = new Pool('http://127.0.0.1:1');
  const lost = httpTarget({ url: 'http://gone', origin: nowhere, path: '/', namespace: 'rewards' });
  expect(await lost.send(event({}), 1_000)).toEqual({});
  await nowhere.destroy();
});

test('no more requests are in flight than the pool has connections', async () => {
  sink.hold();
  const sent = [1, 2, 3].map(() => target.send(event({}), 5_000));
  await expect.poll(() => sink.received.length).toBe(2);
  sink.release();
  expect(await Promise.all(sent)).toMatchObject([
    { status: 204 },
    { status: 204 },
    { status: 204 },
  ]);
  expect(sink.mostInFlight).toBe(2);
});
