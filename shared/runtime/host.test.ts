import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { register } from 'prom-client';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { recordingPublisher } from '#shared/testing/recording-publisher.ts';
import { traffic } from '#shared/testing/traffic.ts';
import { createEventFunction } from './events/serve-events.ts';
import { createHost } from './host.ts';
import { readBody, releaseBody } from './read-body.ts';

const servers: Server[] = [];
afterAll(() => servers.forEach((server) => server.close()));

const started = async (...[handle, limits]: [Parameters<typeof createHost>[0], object?]) => {
  const server = createHost(handle, traffic, limits);
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

const countOf = async (status: string): Promise<number> => {
  const metric = await register.getSingleMetric('guerdon_requests_total')?.get();
  return metric?.values.find(({ labels }) => labels['status'] === status)?.value ?? 0;
};

describe('the host', () => {
  it('counts a request whose caller left as 499, not as 200', async () => {
    const arrived = Promise.withResolvers<IncomingMessage>();
    const port = await started((request) => {
      arrived.resolve(request);
      return new Promise(() => undefined);
    });
    const before = { left: await countOf('499'), fine: await countOf('200') };
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await arrived.promise;
    socket.destroy();
    await vi.waitFor(async () => expect(await countOf('499')).toBe(before.left + 1), 30_000);
    expect(await countOf('200')).toBe(before.fine);
  });

  it('takes an upload that ends half-way for a caller who left, not for a bug', async () => {
    const problems: unknown[] = [];
    const log = pino({}, { write: (line) => void problems.push(JSON.parse(line)) });
    const handle = createEventFunction(
      {
        handlers: [],
        publisher: recordingPublisher(),
      },
      log,
    );
    const port = await started(handle);
    const socket = connect(port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf');
    await vi.waitFor(() => expect(traffic.inFlight()).toBeGreaterThan(0), 30_000);
    socket.destroy();
    await vi.waitFor(() => expect(problems).toMatchObject([{ status: 499 }]), 30_000);
  });

  it.each([
    ['a header of 17 kB', { 'ce-kafkaheadernote': 'x'.repeat(17_000) }],
    ['a header of 900 kB', { 'ce-kafkaheadernote': 'x'.repeat(900_000) }],
    [
      '3,000 headers',
      Object.fromEntries(Array.from({ length: 3_000 }, (_, n) => [`ce-kafkaheader${n}`, 'x'])),
    ],
  ])('passes on %s whole, as queue-proxy does', async (_what, sent) => {
    const arrived = Promise.withResolvers<IncomingMessage>();
    const port = await started((request, response) => {
      arrived.resolve(request);
      response.writeHead(204).end();
      return Promise.resolve();
    });
    const answer = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', headers: sent });
    expect(answer.status).toBe(204);
    expect((await arrived.promise).headers).toMatchObject(sent);
  });

  it('ends a request whose headers do not come, soon after their time', async () => {
    const port = await started(() => Promise.resolve(), { headersMs: 100, bodyMs: 200 });
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 /);
  }, 25_000);

  it('refuses bodies beyond what may be in flight with 503, and takes them once there is room', async () => {
    const gate = Promise.withResolvers<undefined>();
    let reading = 0;
    const port = await started(async (request, response) => {
      try {
        await readBody(request);
        reading += 1;
        await gate.promise;
        response.writeHead(204).end();
      } catch (error) {
        response.writeHead((error as { status: number }).status).end();
      } finally {
        releaseBody(request);
      }
    });
    const post = async (body: Buffer | ReadableStream) => {
      const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
      return (await fetch(`http://127.0.0.1:${port}`, init)).status;
    };
    const mebibyte = Buffer.alloc(1_048_576);
    const first = Array.from({ length: 4 }, () => post(mebibyte));
    await vi.waitFor(() => expect(reading).toBe(4), 30_000);
    expect(await post(mebibyte)).toBe(503);
    expect(await post(new Blob([mebibyte]).stream())).toBe(503);
    gate.resolve(undefined);
    expect(await Promise.all(first)).toEqual(Array.from({ length: 4 }, () => 204));
    expect(await post(mebibyte)).toBe(204);
  });
});
