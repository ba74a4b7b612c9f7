import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { readConfig } from '#shared/runtime/config.ts';
import { shape } from '../config.ts';
import { apnsGateway } from './apns-gateway.ts';
import { fcmGateway } from './fcm-gateway.ts';
import { mobileGateways } from './mobile-gateways.ts';

const log = pino({ level: 'silent' });
const notification = { id: 'm-1', title: 'You have a new reward', data: { type: 'T' } };

const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

const listen = async (handle: RequestListener): Promise<string> => {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

describe('mobileGateways', () => {
  const { LOG_NOTIFICATIONS: _off, ...none } = readConfig(
    { ...shape, DATABASE_URL: z.any(), REDIS_URL: z.any(), KAFKA_BROKERS: z.any() },
    {},
  );

  it('logs which notifications phones would get, without tokens, if configured', async () => {
    const lines: string[] = [];
    const gateways = mobileGateways(
      { ...none, LOG_NOTIFICATIONS: true },
      pino({}, { write: (line: string) => lines.push(line) }),
    );
    expect(await gateways.ios?.send('phone-1', notification)).toBe('sent');
    expect(await gateways.android?.send('phone-2', notification)).toBe('sent');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { platform: 'ios', id: notification.id },
      { platform: 'android', id: notification.id },
    ]);
    expect(lines.join()).not.toContain('phone-');
    await gateways.close();
  });

  it('reaches no phone without credentials', () => {
    const { android, ios } = mobileGateways({ ...none, LOG_NOTIFICATIONS: false }, log);
    expect([android, ios]).toEqual([undefined, undefined]);
  });
});

describe('FCM', () => {
  const privateKey = pemOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);

  it('gets one access token for many notifications, and distinguishes the answers', async () => {
    const asked: string[] = [];
    const url = await listen((request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        asked.push(`${request.url} ${request.headers.authorization ?? ''} ${body}`);
        if (request.url === '/token')
          response.end(JSON.stringify({ access_token: 'granted', expires_in: 3600 }));
        else if (body.includes('gone'))
          response.writeHead(404).end('{"error":{"details":[{"errorCode":"UNREGISTERED"}]}}');
        else response.writeHead(body.includes('busy') ? 503 : 200).end('{}');
      });
    });
    const account = { project_id: 'p', client_email: 'a@p', private_key: privateKey };
    const gateway = fcmGateway({ account: { ...account, token_uri: `${url}/token` }, log, url });
    const outcomes = await Promise.all(
      ['good', 'gone', 'busy'].map((token) => gateway.send(token, notification)),
    );
    expect(outcomes).toEqual(['sent', 'invalid-token', 'failed']);
    const [token, ...sends] = asked;
    const assertion = new URLSearchParams(token?.split('  ')[1]).get('assertion') ?? '';
    expect(decodeJwt(assertion)).toMatchObject({ iss: 'a@p', aud: `${url}/token` });
    expect(sends).toHaveLength(3);
    for (const sent of sends)
      expect(sent).toMatch(
        /^\/v1\/projects\/p\/messages:send Bearer granted .*"collapse_key":"m-1"/,
      );
  });

  it('that cannot be reached is a failure', async () => {
    const account = { project_id: 'p', client_email: 'a@p', private_key: privateKey };
    const token_uri = 'http://127.0.0.1:1/token';
    const gateway = fcmGateway({ account: { ...account, token_uri }, log, url: token_uri });
    expect(await gateway.send('good', notification)).toBe('failed');
  });
});

describe('APNs', () => {
  const privateKey = pemOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
  const options = { key: privateKey, keyId: 'K', teamId: 'T', topic: 'dev.guerdon', log };

  it('gets all requests over one HTTP/2 connection, which is opened again when it ends', async () => {
    let sessions = 0;
    const seen: string[] = [];
    const server = createHttp2Server();
    server.on('session', () => (sessions += 1));
    server.on('stream', (stream, headers) => {
      seen.push(String(headers.authorization).replace('bearer ', ''));
      const path = String(headers[':path']);
      if (path.includes('gone')) stream.respond({ ':status': 410 });
      else if (path.includes('bad')) stream.respond({ ':status': 400 });
      else stream.respond({ ':status': path.includes('busy') ? 429 : 200 });
      stream.end(path.includes('bad') ? '{"reason":"BadDeviceToken"}' : '');
      if (path.includes('last')) stream.session?.close();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const gateway = apnsGateway({ ...options, url });
    const send = (token: string) => gateway.send(token, notification);
    expect(await Promise.all(['good', 'gone', 'bad', 'busy'].map(send))).toEqual([
      'sent',
      'invalid-token',
      'invalid-token',
      'failed',
    ]);
    expect(sessions).toBe(1);
    expect(new Set(seen).size).toBe(1);
    expect(decodeProtectedHeader(seen[0] ?? '')).toEqual({ alg: 'ES256', kid: 'K' });
    expect(decodeJwt(seen[0] ?? '')).toMatchObject({ iss: 'T' });
    await send('last');
    await expect.poll(() => send('good')).toBe('sent');
    expect(sessions).toBeGreaterThan(1);
    await gateway.close();
  });

  it('that cannot be reached is a failure', async () => {
    expect(
      await apnsGateway({ ...options, url: 'http://127.0.0.1:1' }).send('t', notification),
    ).toBe('failed');
  });
});
