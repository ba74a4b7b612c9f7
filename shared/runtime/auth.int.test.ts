/** An API whose identity provider is behind a bad network. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { pino } from 'pino';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { tcpProxy } from '#shared/testing/tcp-proxy.ts';
import { authenticator, authShape } from './auth.ts';
import { readConfig } from './config.ts';
import { createHost } from './host.ts';
import { requestShape, withinTime } from './request-time.ts';
import { defineRoute } from './route.ts';
import { createHttpFunction } from './serve-http.ts';
import { createTraffic } from './traffic.ts';

const servers: Server[] = [];
const listen = async (server: Server): Promise<number> => {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};
afterAll(() => servers.forEach((server) => server.close()));

const { privateKey, publicKey } = await generateKeyPair('RS256');
const keySet = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'known' }] });
/** So long that a slow drip takes far longer over it than anybody waits. */
const answer = keySet + ' '.repeat(200_000);
let onRequest: () => unknown = () => undefined;
const provider = createServer((_request, response) => {
  onRequest();
  response.end(answer);
});
const network = await tcpProxy({ port: await listen(provider) });
afterAll(() => network.close());
afterEach(() => {
  onRequest = () => undefined;
  network.restore();
  vi.useRealTimers();
});

const show = defineRoute({
  method: 'GET',
  path: '/things',
  id: 'showThings',
  summary: 'Shows things',
  scope: 'things',
  params: z.object({}),
  query: z.object({}),
  response: z.object({}),
  handle: () => Promise.resolve({}),
});

const log = pino({ level: 'silent' });
const traffic = createTraffic();

/** Starts an API that has fetched no keys yet; returns how to ask it: the status, and the code of a problem. */
const startApi = async () => {
  const variables = { AUTH_JWKS_URL: `http://127.0.0.1:${network.port}/jwks` };
  const authenticate = authenticator(readConfig(authShape, variables));
  const handle = createHttpFunction({ routes: [show], authenticate, openapi: '{}' }, log);
  const { REQUEST_SECONDS } = readConfig(requestShape, {});
  const host = createHost(withinTime(handle, REQUEST_SECONDS * 1000, log), traffic);
  const port = await listen(host);
  return async (token: string): Promise<string> => {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`http://127.0.0.1:${port}/things`, { headers });
    const { code = '' } = (await response.json()) as { code?: string };
    return `${response.status} ${code}`.trim();
  };
};

const tokenOf = (subject: string, kid = 'known') =>
  new SignJWT({ tenant: 'acme', scope: 'things' })
    .setProtectedHeader({ alg: 'RS256', kid })
    .setSubject(subject)
    .setIssuer('guerdon')
    .setAudience('guerdon')
    .setExpirationTime('1h')
    .sign(privateKey);

/** Lets the keys that were fetched become old enough to look for a new one, without waiting for it. */
const passCooldown = (): void => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
};

it.each<[string, () => unknown]>([
  ['swallows everything', () => network.blackHole()],
  ['resets every connection', () => (onRequest = () => network.reset())],
  ['is a slow drip', () => network.drip(1_000)],
])(
  'answers 503 to tokens it cannot check and serves all others while the network %s',
  async (_what, begin) => {
    const [warm, cold] = [await startApi(), await startApi()];
    const seen = await tokenOf('seen');
    expect(await warm(seen)).toBe('200');
    passCooldown();
    begin();

    const unchecked = ['a', 'b', 'c'].map(async (subject) => cold(await tokenOf(subject)));
    expect(await Promise.all(unchecked)).toEqual(Array(3).fill('503 keys-unavailable'));
    const rotated = await tokenOf('a', 'rotated');
    expect(await warm(rotated)).toBe('503 keys-unavailable');
    expect(await warm(seen)).toBe('200');
    expect(await warm(await tokenOf('unseen'))).toBe('200');

    onRequest = () => undefined;
    network.restore();
    await expect.poll(async () => cold(await tokenOf('a'))).toBe('200');
    await expect.poll(() => warm(rotated)).toBe('401 token-invalid');
    expect(await warm(seen)).toBe('200');
  },
);
