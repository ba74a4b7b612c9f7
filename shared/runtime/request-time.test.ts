import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, describe, expect, it } from 'vitest';
import { withinTime } from './host.ts';
import { sendAnswer } from './http/answer.ts';

const hang = Promise.withResolvers<undefined>();
const late = Promise.withResolvers<undefined>();
const streamed = Promise.withResolvers<undefined>();
const lines: string[] = [];
const bounded = withinTime(
  async (request, response) => {
    if (request.url === '/stream') {
      response.writeHead(200).write('first, ');
      await streamed.promise;
      response.end('last');
      return;
    }
    if (request.url === '/slow') await hang.promise;
    if (request.url === '/hangs') await new Promise(() => undefined);
    sendAnswer(response, { status: 200, headers: {}, body: 'done' });
    if (request.url === '/slow') late.resolve(undefined);
  },
  50,
  pino({}, { write: (line) => void lines.push(line) }),
);
const server = createServer((request, response) => void bounded(request, response));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
afterAll(() => server.close());
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

describe('withinTime', () => {
  it('answers 503 to a request that takes too long; what comes afterwards goes nowhere', async () => {
    const answer = await fetch(`${url}/slow`);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await answer.json()).toMatchObject({ code: 'deadline-exceeded' });
    hang.resolve(undefined);
    await late.promise;
    expect(await (await fetch(`${url}/quick`)).text()).toBe('done');
  });

  it('leaves a response that has begun to its reader, and reports nothing', async () => {
    const answer = await fetch(`${url}/stream`);
    // Came later, and ran out of time.
    expect((await fetch(`${url}/hangs`)).status).toBe(503);
    streamed.resolve(undefined);
    expect(await answer.text()).toBe('first, last');
    expect(lines.filter((line) => line.includes('/stream'))).toEqual([]);
  });

  it('answers 503 to each of several requests, and to one that came after the first ran out of time', async () => {
    const first = [fetch(`${url}/hangs`), fetch(`${url}/hangs`)];
    await Promise.race(first);
    const all = await Promise.all([...first, fetch(`${url}/hangs`)]);
    expect(all.map(({ status }) => status)).toEqual([503, 503, 503]);
  });
});
