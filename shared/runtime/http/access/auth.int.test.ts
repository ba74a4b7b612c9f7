/** An API whose identity provider is behind a bad network. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { pino } from 'pino';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { hosted } from '#shared/testing/servers/hosted.ts';
import { tcpProxy } from '#shared/testing/servers/tcp-proxy.ts';
import { readConfig } from '../../config.ts';
import { defineRoute } from '../route.ts';
import { createHttpFunction } from '../serve-http.ts';
import { authenticator, authShape } from './auth.ts';

const { privateKey, publicKey } = await generateKeyPair('RS256');
const keySet = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'known' }] });
/** So long that a slow drip takes far longer than any caller waits. */
const answer = keySet + ' '.repeat(200_000);
let onRequest: () => unknown = () => undefined;
const provider = createServer((_request, response) => {
  onRequest();
  response.end(answer);
});
provider.listen(0, '127.0.0.1');
await once(provider, 'listening');
const network = await tcpProxy({ port: (provider.address() as AddressInfo).port });
afterAll(async () => {
  await network.close();
  provider.close();
});
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

/** Starts an API that has fetched no keys yet; returns a client that sends a token. */
const startApi = async () => {
  const variables = { AUTH_JWKS_URL: `http://127.0.0.1:${network.port}/jwks` };
  const authenticate = authenticator(readConfig(authShape, variables));
  const parts = { routes: [show], authenticate, openapi: '{}' };
  const ask = await hosted(createHttpFunction(parts, pino({ level: 'silent' })));
  return (token: string) => ask('/things', { headers: { authorization: `Bearer ${token}` } });
};

const tokenOf = (subject: string, kid = 'known') =>
  new SignJWT({ tenant: 'acme', scope: 'things' })
    .setProtectedHeader({ alg: 'RS256', kid })
    .setSubject(subject)
    .setIssuer('guerdon')
    .setAudience('guerdon')
    .setExpirationTime('1h')
    .sign(privateKey);

/**
 * Lets the keys that were fetched become old enough to look for a new one, without waiting for it.
 */
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
