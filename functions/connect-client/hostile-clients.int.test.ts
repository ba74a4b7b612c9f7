import { once } from 'node:events';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect, it, onTestFinished, vi } from 'vitest';
import WebSocket from 'ws';
import { issueToken } from '#scripts/platform/issue-token.ts';
import { freePort } from '#scripts/services/free-port.ts';
import { closing, type Frame } from '#shared/clients/connect-client.ts';
import type { InboxUser } from '#shared/domain/inbox/inbox-message.ts';
import { readConfig } from '#shared/runtime/config.ts';
import {
  connectWorld,
  newUser,
  secret,
  tokenOf,
  welcomed,
} from '#shared/testing/worlds/connect-world.ts';
import { limitShape } from './config.ts';
import { createHandler } from './handler.ts';
import { connectionsClosedTotal, connectionsRefusedTotal } from './metrics.ts';

const { stream, startPod, pod, send, connect, knock, knockAs } = await connectWorld(
  ({ variables, ...parts }) =>
    createHandler({ ...parts, limits: readConfig(limitShape, variables) }),
);

/** How many connections were refused so far, for whatever reason. */
const refusals = async () => {
  const { values } = await connectionsRefusedTotal.get();
  return values.reduce((sum, { value }) => sum + value, 0);
};

/** Publishes large frames, of which one client of the user reads none and another one all. */
const overwhelm = async (user: InboxUser, read: readonly Frame[]) => {
  const closedSlow = async () => {
    const { values } = await connectionsClosedTotal.get();
    return values.find(({ labels }) => labels.code === closing.slow.code)?.value ?? 0;
  };
  const before = await closedSlow();
  const text = 'x'.repeat(500_000);
  let position = 0;
  while ((await closedSlow()) === before) {
    position += 1;
    const large = {
      position,
      text: JSON.stringify({ type: 'LARGE', id: String(position), text }),
    };
    await stream.publish([{ user, frames: [large] }]);
    await vi.waitFor(() => expect(read).toHaveLength(position), 60_000);
  }
};

it.each<[string, () => Promise<string>, number]>([
  [
    'forged',
    () => issueToken({ secret: `${secret}!`, tenantId: 'acme', scopes: ['inbox:read'] }),
    4401,
  ],
  ['expired', () => tokenOf(newUser(), -1), 4409],
  [
    'without the scope',
    () => issueToken({ secret, tenantId: 'acme', scopes: ['wallet:read'] }),
    4403,
  ],
  ['without a user', () => tokenOf({ tenantId: 'acme', userId: '' }), 4403],
  ['no token', () => Promise.resolve('abc'), 4401],
])(
  'refuses a token that is %s, in the sub-protocol and in the first frame',
  async (_what, make, code) => {
    const [token, before] = [await make(), await refusals()];
    expect(await knock(['guerdon.v1', `bearer.${token}`]).closed).toBe(code);
    const { socket, closed } = knock(['guerdon.v1']);
    socket.once('open', () => socket.send(JSON.stringify({ type: 'RESUME', token })));
    expect(await closed).toBe(code);
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${pod.url}/events`, { headers })).status).toBe(code === 4403 ? 403 : 401);
    expect(await refusals()).toBe(before + 3);
  },
);

it('lets a client try again, and logs why, while the keys of tokens are unavailable', async () => {
  const AUTH_JWKS_URL = `http://127.0.0.1:${await freePort()}/keys`;
  const keyless = await startPod({ AUTH_JWKS_URL });
  const header = Buffer.from('{"alg":"RS256","kid":"a"}').toString('base64url');
  const { closed } = knock(['guerdon.v1', `bearer.${header}.e30.c2ln`], { on: keyless });
  expect(await closed).toBe(closing.overloaded.code);
  expect(keyless.logged).toEqual([expect.stringContaining('keys-unavailable')]);
});

it.each<[string, (socket: WebSocket) => void, number]>([
  ['binary', (socket) => socket.send(Buffer.from('{}')), closing.binary.code],
  ['larger than 4 KiB', (socket) => socket.send('x'.repeat(4_097)), 1009],
  ['no RESUME', (socket) => socket.send('{"type":"SUBSCRIBE"}'), closing.badFrame.code],
  ['no JSON', (socket) => socket.send('{'), closing.badFrame.code],
  [
    'one of too many',
    (socket) => {
      for (let times = 0; times < 200; times += 1) socket.send('{"type":"RESUME"}');
    },
    closing.tooMany.code,
  ],
  [
    'a flood of pings',
    (socket) => {
      for (let times = 0; times < 200; times += 1) socket.ping();
    },
    closing.tooMany.code,
  ],
])('closes a socket that sends a frame that is %s', async (_what, misbehave, code) => {
  const { socket, texts, closed } = await knockAs(newUser());
  await welcomed(texts);
  misbehave(socket);
  // A flood may break the connection before the close frame is sent.
  expect([code, ...(code === closing.tooMany.code ? [1006] : [])]).toContain(await closed);
});

it('reads the inbox for a hundred of 100,000 RESUMEs on a socket, and serves others meanwhile', async () => {
  const [user, other] = [newUser(), newUser()];
  const { socket, texts, closed } = await knockAs(user);
  await welcomed(texts);
  const { received } = await connect(other);
  pod.newest.mockClear();
  for (let times = 0; times < 100_000; times += 1) socket.send('{"type":"RESUME"}');
  await received(await send(other));
  await closed;
  const read = pod.newest.mock.calls.flat(2).filter(({ userId }) => userId === user.userId);
  expect(read.length).toBeLessThanOrEqual(100);
});

it('closes a socket that shows no token in time', async () => {
  const hasty = await startPod({ HELLO_SECONDS: '1' });
  expect(await knock(['guerdon.v1'], { on: hasty }).closed).toBe(closing.silent.code);
});

it.each<[string, readonly string[], string, object, number]>([
  ['another path', ['guerdon.v1'], '/else', {}, 404],
  ['no sub-protocol', [], '/ws', {}, 400],
  ['a page of another origin', ['guerdon.v1'], '/ws', { origin: 'https://evil.example' }, 403],
])('refuses a handshake with %s', async (_what, protocols, path, options, status) => {
  const socket = new WebSocket(`ws://127.0.0.1:${pod.port}${path}`, [...protocols], options);
  const [, response] = (await once(socket, 'unexpected-response')) as [
    unknown,
    { statusCode: number },
  ];
  expect(response.statusCode).toBe(status);
  socket.on('error', () => undefined).terminate();
});

it('keeps no socket of a handshake that it refused, though the client does not close its side', async () => {
  const own = await startPod();
  const socket = connectTcp({ port: own.port, host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  socket.write(
    'GET /ws HTTP/1.1\r\nhost: pod\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1.1 400 .*"sub-protocol-missing"/s);
  const open = promisify(own.server.getConnections.bind(own.server));
  await vi.waitFor(async () => expect(await open()).toBe(0), 60_000);
});

it('bounds the connections of a user and of a pod, and serves those that it has', async () => {
  const small = await startPod({ CONNECTIONS_MAX: '12', USER_CONNECTIONS_MAX: '3' });
  const user = newUser();
  const { received } = await connect(user, { on: small });
  for (const { texts } of [await knockAs(user, { on: small }), await knockAs(user, { on: small })])
    await welcomed(texts);
  expect(await (await knockAs(user, { on: small })).closed).toBe(closing.tooMany.code);

  const refused: number[] = [];
  for (const other of Array.from({ length: 50 }, newUser))
    void (await knockAs(other, { on: small })).closed.then((status) => refused.push(status));
  await vi.waitFor(() => expect(refused).toEqual(Array(41).fill(503)), 60_000);
  await received(await send(user));
});

it('lets clients in while a flood of sockets that show no token takes all places for these', async () => {
  const small = await startPod({ PENDING_CONNECTIONS_MAX: '8', HELLO_SECONDS: '3600' });
  const user = newUser();
  const { received } = await connect(user, { on: small });
  const before = await refusals();
  for (let times = 0; times < 200; times += 1) knock(['guerdon.v1'], { on: small });
  await vi.waitFor(async () => expect(await refusals()).toBe(before + 192), 60_000);
  const second = await connect(user, { on: small });
  const sent = await send(user);
  for (const each of [received, second.received]) await each(sent);
});

it('closes the connection of a client that does not read, and no other', async () => {
  const user = newUser();
  const slow = await knockAs(user);
  await welcomed(slow.texts);
  const { frames } = await connect(user);
  slow.socket.pause();
  await overwhelm(user, frames);
  slow.socket.resume();
  expect(await slow.closed).toBe(closing.slow.code);
});

it('ends a stream whose client does not read', async () => {
  const user = newUser();
  const headers = { authorization: `Bearer ${await tokenOf(user)}` };
  const request = httpGet(`${pod.url}/events`, { headers });
  onTestFinished(() => void request.destroy());
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const { frames } = await connect(user);
  await overwhelm(user, frames);
  expect(await textOf(response)).toContain(`"code":${closing.slow.code}`);
});
