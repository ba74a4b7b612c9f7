import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import {
  constants,
  createServer as createHttp2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
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
const notification = {
  ...{ id: 'm-1', title: 'You have a new reward', data: { type: 'T' } },
  expiresAt: new Date(Date.now() + 3_600_000),
};

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

  const ec = pemOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
  const rsa = pemOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
  const account = { project_id: 'p', client_email: 'a@p', private_key: rsa };
  const apns = { APNS_KEY: ec, APNS_KEY_ID: 'K', APNS_TEAM_ID: 'T', APNS_TOPIC: 'dev.guerdon' };
  const gatewaysOf = (variables: Readonly<Record<string, string>>) =>
    mobileGateways(
      readConfig(
        { ...shape, DATABASE_URL: z.any(), REDIS_URL: z.any(), KAFKA_BROKERS: z.any() },
        variables,
      ),
      log,
    );

  it('reaches the platforms whose credentials are complete', async () => {
    const both = gatewaysOf({ ...apns, FCM_SERVICE_ACCOUNT: JSON.stringify(account) });
    expect([both.android, both.ios]).not.toContain(undefined);
    await both.close();
  });

  it.each([
    ['FCM_SERVICE_ACCOUNT: must be JSON', { FCM_SERVICE_ACCOUNT: '{"private_key": secret' }],
    [
      'FCM_SERVICE_ACCOUNT.client_email: ',
      { FCM_SERVICE_ACCOUNT: JSON.stringify({ ...account, client_email: undefined }) },
    ],
    [
      'FCM_SERVICE_ACCOUNT.private_key: must be a private RSA key, in PEM as PKCS #8',
      { FCM_SERVICE_ACCOUNT: JSON.stringify({ ...account, private_key: ec }) },
    ],
    ['APNS_KEY: must be a private EC key', { ...apns, APNS_KEY: 'secret' }],
    ['not set: APNS_KEY_ID, APNS_TOPIC', { ...apns, APNS_KEY_ID: '', APNS_TOPIC: '' }],
    ['not set: APNS_KEY', { ...apns, APNS_KEY: '' }],
  ])('refuses wrong credentials at the start: %s', (message, variables) => {
    const act = () => gatewaysOf(variables);
    expect(act).toThrow(message);
    expect(act).not.toThrow(/secret|BEGIN/);
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
        else if (body.includes('malformed'))
          response
            .writeHead(400)
            .end('{"error":{"details":[{"fieldViolations":[{"field":"message.token"}]}]}}');
        else if (body.includes('garbled'))
          response
            .writeHead(400)
            .end(
              '{"error":{"message":"The registration token is not a valid FCM registration token"}}',
            );
        else if (body.includes('wrong')) response.writeHead(400).end('{"error":{"details":[]}}');
        else response.writeHead(body.includes('busy') ? 503 : 200).end('{}');
      });
    });
    const account = { project_id: 'p', client_email: 'a@p', private_key: privateKey };
    const gateway = fcmGateway({ account: { ...account, token_uri: `${url}/token` }, log, url });
    const outcomes = await Promise.all(
      ['good', 'gone', 'malformed', 'garbled', 'wrong', 'busy'].map((token) =>
        gateway.send(token, notification),
      ),
    );
    const [removed, kept] = ['invalid-token', 'failed'];
    expect(outcomes).toEqual(['sent', removed, removed, removed, kept, kept]);
    const [token, ...sends] = asked;
    const assertion = new URLSearchParams(token?.split('  ')[1]).get('assertion') ?? '';
    expect(decodeJwt(assertion)).toMatchObject({ iss: 'a@p', aud: `${url}/token` });
    expect(sends).toHaveLength(6);
    for (const sent of sends)
      expect(sent).toMatch(
        /^\/v1\/projects\/p\/messages:send Bearer granted .*"ttl":"3[56]\d\ds",.*"tag":"m-1"/,
      );
  });

  it('that does not answer is a failure', async () => {
    const url = await listen(() => undefined);
    const account = { project_id: 'p', client_email: 'a@p', private_key: privateKey };
    const options = { account: { ...account, token_uri: `${url}/token` }, log, url };
    const gateway = fcmGateway({ ...options, timeoutMs: 50 });
    const both = ['good', 'other'].map((token) => gateway.send(token, notification));
    expect(await Promise.all(both)).toEqual(['failed', 'failed']);
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

  /** A gateway to a server that answers by the token, and how often it has connected. */
  const connectTo = async (
    answer: (stream: ServerHttp2Stream, token: string, headers: IncomingHttpHeaders) => void,
    changes: object = {},
  ) => {
    let sessions = 0;
    const server = createHttp2Server();
    server.on('session', () => (sessions += 1));
    server.on('stream', (stream, headers) => {
      stream.on('error', () => undefined);
      answer(stream, String(headers[':path']).replace('/3/device/', ''), headers);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const gateway = apnsGateway({ ...options, ...changes, url });
    onTestFinished(() => gateway.close());
    return {
      send: (token: string) => gateway.send(token, notification),
      sessions: () => sessions,
    };
  };
  const reply = (stream: ServerHttp2Stream, status: number, reason?: string) => {
    stream.respond({ ':status': status });
    stream.end(reason === undefined ? '' : JSON.stringify({ reason }));
  };

  it('gets all requests over one HTTP/2 connection, and distinguishes the answers', async () => {
    const seen: IncomingHttpHeaders[] = [];
    const { send, sessions } = await connectTo((stream, token, headers) => {
      seen.push(headers);
      if (token === 'gone') reply(stream, 410);
      else if (token === 'bad') reply(stream, 400, 'BadDeviceToken');
      else if (token === 'foreign') reply(stream, 400, 'DeviceTokenNotForTopic');
      else reply(stream, token === 'busy' ? 429 : 200);
    });
    const tokens = ['good', 'gone', 'bad', 'foreign', 'busy'];
    const [removed, kept] = ['invalid-token', 'failed'];
    expect(await Promise.all(tokens.map(send))).toEqual(['sent', removed, removed, kept, kept]);
    expect(sessions()).toBe(1);
    const expiresAt = Math.floor(notification.expiresAt.getTime() / 1_000);
    for (const headers of seen)
      expect(headers).toMatchObject({
        authorization: seen[0]?.authorization,
        'apns-topic': 'dev.guerdon',
        'apns-collapse-id': 'm-1',
        'apns-expiration': String(expiresAt),
      });
    const bearer = seen[0]?.authorization?.replace('bearer ', '') ?? '';
    expect(decodeProtectedHeader(bearer)).toEqual({ alg: 'ES256', kid: 'K' });
    expect(decodeJwt(bearer)).toMatchObject({ iss: 'T' });
  });

  it('finishes what is in progress when the server goes away, and connects again', async () => {
    const held: ServerHttp2Stream[] = [];
    const { send, sessions } = await connectTo((stream, token) => {
      if (token === 'good') reply(stream, 200);
      else held.push(stream);
      if (token === 'last') stream.session?.close();
    });
    const both = Promise.all(['held', 'last'].map(send));
    await expect.poll(() => held.length).toBe(2);
    await expect.poll(() => send('good').then(sessions)).toBe(2);
    for (const stream of held) reply(stream, 200);
    expect(await both).toEqual(['sent', 'sent']);
  });

  it.each([
    ['answers nothing', () => undefined],
    [
      'never ends its answer',
      (stream: ServerHttp2Stream) => {
        stream.respond({ ':status': 200 });
        const drip = setInterval(() => stream.write('x'), 10);
        stream.on('close', () => clearInterval(drip));
      },
    ],
    [
      'resets the stream',
      (stream: ServerHttp2Stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM),
    ],
    [
      'ends the connection with an error',
      (stream: ServerHttp2Stream) => stream.session?.destroy(new Error('gone')),
    ],
  ])('that %s is a failure, and gets the next request', async (_what, fail) => {
    const answer = (stream: ServerHttp2Stream, token: string) =>
      token === 'good' ? reply(stream, 200) : fail(stream);
    const { send } = await connectTo(answer, { timeoutMs: 200 });
    expect(await send('bad')).toBe('failed');
    await expect.poll(() => send('good')).toBe('sent');
  });

  it('gets a new token when the clock is so far behind that the last one expired there', async () => {
    const bearers: unknown[] = [];
    const { send } = await connectTo((stream, _token, { authorization }) => {
      bearers.push(authorization);
      if (bearers.length === 1) reply(stream, 403, 'ExpiredProviderToken');
      else reply(stream, 200);
    });
    expect([await send('good'), await send('good')]).toEqual(['failed', 'sent']);
    expect(new Set(bearers).size).toBe(2);
  });

  it('that cannot be reached is a failure', async () => {
    expect(
      await apnsGateway({ ...options, url: 'http://127.0.0.1:1' }).send('t', notification),
    ).toBe('failed');
  });
});
