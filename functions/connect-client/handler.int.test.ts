import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import WebSocket from 'ws';
import { issueToken, tokenClaims } from '#scripts/platform/issue-token.ts';
import {
  type ConnectOptions,
  closing,
  connectClient,
  type Frame,
  overEventStream,
  overWebSocket,
} from '#shared/clients/connect-client.ts';
import { type InboxUser, sentFrame } from '#shared/domain/inbox/inbox-message.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { acceptUpgrades, createHost } from '#shared/runtime/host.ts';
import { authenticator, authShape } from '#shared/runtime/http/access/auth.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { inboxStore } from '#shared/stores/postgres/inbox/inbox-store.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { inboxKey } from '#shared/stores/redis/driver/keys.ts';
import { inboxChannel } from '#shared/stores/redis/inbox/inbox-channel.ts';
import { inboxStream } from '#shared/stores/redis/inbox/inbox-stream.ts';
import { testDatabase, testRedis } from '#shared/testing/servers/servers.ts';
import { tcpProxy } from '#shared/testing/servers/tcp-proxy.ts';
import { traffic } from '#shared/testing/traffic.ts';
import { newMessage } from '#shared/testing/worlds/inbox.ts';
import { limitShape } from './config.ts';
import { createHandler } from './handler.ts';
import { connectionsClosedTotal } from './metrics.ts';

const secret = 'a secret of at least thirty-two characters';
const sql = connectPostgres({ url: (await testDatabase()).url, max: 4 });
const redisUrl = (await testRedis()).url;
const redis = connectRedis(redisUrl);
const [store, stream] = [inboxStore(sql), inboxStream(redis)];
afterAll(async () => {
  await sql.end();
  await redis.quit();
});

/** A pod that listens on its own port until the end of the file. */
const startPod = async (variables: Record<string, string> = {}, url = redisUrl) => {
  const own = connectRedis(url);
  const reads = vi.fn(store.after);
  const newest = vi.fn(store.newest);
  const handler = createHandler({
    store: { newest, after: reads },
    stream: inboxStream(own),
    openChannel: (listener) => inboxChannel(own, listener, { heartbeatMs: 100 }),
    authenticate: authenticator(readConfig(authShape, { AUTH_JWT_SECRET: secret, ...tokenClaims })),
    limits: readConfig(limitShape, { HEARTBEAT_SECONDS: '3600', ...variables }),
    log: pino({ level: 'silent' }),
  });
  const server = createHost(handler.handle, traffic);
  acceptUpgrades(server, traffic, handler.upgrade);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await handler.close();
    own.disconnect();
  });
  const { port } = server.address() as AddressInfo;
  return { ...handler, server, reads, newest, port, url: `http://127.0.0.1:${port}` };
};
type Pod = Awaited<ReturnType<typeof startPod>>;
const pod = await startPod();

let users = 0;
const newUser = (): InboxUser => ({ tenantId: 'acme', userId: `u-${(users += 1)}` });
const tokenOf = ({ tenantId, userId }: InboxUser, hours = 1): Promise<string> =>
  issueToken({ secret, tenantId, scopes: ['inbox:read'], subject: userId, hours });

/** Appends messages to an inbox; pods are not notified until they are published. */
const append = async (user: InboxUser, count = 1) => {
  const messages = Array.from({ length: count }, () => newMessage(user));
  return (await store.append(messages)).map(sentFrame);
};
const publish = async (user: InboxUser, frames: Awaited<ReturnType<typeof append>>) =>
  stream.publish([{ user, frames }]);
const send = async (user: InboxUser, count = 1) => {
  const frames = await append(user, count);
  await publish(user, frames);
  return frames.map(({ text }) => JSON.parse(text) as Frame);
};

type Parts = Partial<ConnectOptions> & Readonly<{ on?: Pick<Pod, 'url'> }>;

/** The client of a user, and what it received. */
const connect = async (user: InboxUser, { on = pod, ...parts }: Parts = {}) => {
  const frames: Frame[] = [];
  const states: string[] = [];
  const onMissed = vi.fn();
  const token = await tokenOf(user);
  const client = connectClient({
    url: on.url,
    token: () => token,
    onFrame: (frame) => frames.push(frame),
    onMissed,
    onState: (state) => states.push(state),
    waitMs: 10,
    ...parts,
  });
  onTestFinished(client.close);
  const isOpen = (times = 1) =>
    vi.waitFor(
      () => expect(states.filter((state) => state === 'open').length).toBeGreaterThanOrEqual(times),
      60_000,
    );
  const received = (wanted: readonly Frame[]) =>
    vi.waitFor(() => expect(frames).toEqual(wanted), { timeout: 60_000, interval: 10 });
  await isOpen();
  return { client, frames, onMissed, isOpen, received };
};

type KnockOptions = WebSocket.ClientOptions & { on?: Pod };

/** A bare socket, and the code with which it is closed. */
const knock = (protocols: readonly string[], { on = pod, ...options }: KnockOptions = {}) => {
  const socket = new WebSocket(`ws://127.0.0.1:${on.port}/ws`, [...protocols], options);
  onTestFinished(() => socket.terminate());
  const closed = Promise.withResolvers<number>();
  const texts: string[] = [];
  socket
    .on('error', () => undefined)
    .on('message', (data: Buffer) => texts.push(data.toString()))
    .on('close', (code) => closed.resolve(code))
    .on('unexpected-response', (_request, { statusCode = 0 }) => closed.resolve(statusCode));
  return { socket, texts, closed: closed.promise };
};
const knockAs = async (user: InboxUser, options: KnockOptions = {}) =>
  knock(['guerdon.v1', `bearer.${await tokenOf(user)}`], options);
const welcomed = (texts: readonly string[]) =>
  vi.waitFor(() => expect(texts[0]).toContain('WELCOME'), 60_000);

describe.each([
  ['a WebSocket', overWebSocket],
  ['Server-Sent Events', overEventStream],
])('connect-client over %s', (_name, transport) => {
  const transports = [transport];

  it('sends a published frame to each device of its user, as it was recorded, and to nobody else', async () => {
    const [user, other] = [newUser(), newUser()];
    const clients = [await connect(user, { transports }), await connect(user, { transports })];
    const stranger = await connect(other, { transports });
    const [sent] = await append(user);
    // Both devices share a subscription.
    expect(await publish(user, [sent!])).toEqual([1]);
    const frame = JSON.parse(sent!.text) as Frame;
    expect(frame).toEqual({
      type: 'INCENTIVE_NOTIFICATION',
      incentiveId: expect.any(String) as string,
      campaignId: expect.any(String) as string,
      reward: { currency: 'POINTS', amount: 50 },
      issuedAt: expect.any(String) as string,
      id: '1',
    });
    for (const { received } of clients) await received([frame]);
    const [own] = await send(other);
    await stranger.received([own!]);
  });

  it('reads the position of a user once for a client that connects', async () => {
    const user = newUser();
    const { received } = await connect(user, { transports });
    await received(await send(user, 3));
    const readers = pod.newest.mock.calls.flatMap(([asked]) => asked);
    expect(readers.filter(({ userId }) => userId === user.userId)).toHaveLength(1);
  });

  it('replays what a client missed while it was cut off, and nothing twice', async () => {
    const user = newUser();
    const { client, received, isOpen, onMissed } = await connect(user, { transports });
    const first = await send(user, 2);
    await received(first);
    const missed = await append(user, 150);
    onMissed.mockClear();
    client.reconnect();
    await isOpen(2);
    const all = [...first, ...missed.map(({ text }) => JSON.parse(text) as Frame)];
    await received(all);
    await received([...all, ...(await send(user))]);
    expect(onMissed).not.toHaveBeenCalled();
  });

  it('begins at the newest frame for a client that lacks more than it replays', async () => {
    const user = newUser();
    await sql`
      insert into inboxes (tenant_id, user_id, last_position) values (${user.tenantId}, ${user.userId}, 100000)`;
    await sql`
      insert into inbox_messages (tenant_id, user_id, position, message_id, type, frame, occurred_at)
      select ${user.tenantId}, ${user.userId}, i, gen_random_uuid(), 'INCENTIVE_NOTIFICATION', '{}', now()
      from generate_series(99000, 100000) i`;
    pod.reads.mockClear();
    const { client, received, onMissed } = await connect(user, { transports, lastId: '10' });
    await vi.waitFor(() => expect(onMissed).toHaveBeenCalledOnce(), 60_000);
    expect(client.lastId()).toBe('100000');
    await received(await send(user));
    expect(pod.reads).not.toHaveBeenCalled();
  });

  it('closes a connection when its token expires', async () => {
    const user = newUser();
    // Expired, but within the tolerance for clocks, so it is accepted.
    const tokens = [await tokenOf(user, -1 / 3_600), await tokenOf(user)];
    const { received } = await connect(user, { transports, token: () => tokens.shift() ?? '' });
    await vi.waitFor(() => expect(tokens).toEqual([]), 60_000);
    await received(await send(user));
  });
});

describe('connect-client', () => {
  it('sends one frame for an incentive that is delivered 100 times', async () => {
    const user = newUser();
    const { received } = await connect(user);
    const message = newMessage(user);
    for (let times = 0; times < 100; times += 1)
      await publish(user, (await store.append([message])).map(sentFrame));
    const [last] = await send(user);
    await received([{ ...message.frame, id: '1' }, last!]);
  });

  it('finds frames that were never published at the heartbeat', async () => {
    const user = newUser();
    const { received } = await connect(user);
    const unpublished = await append(user, 3);
    await pod.heartbeat();
    await received(unpublished.map(({ text }) => JSON.parse(text) as Frame));
  });

  it('reads what a gap hides before the frame that shows it', async () => {
    const user = newUser();
    const { received } = await connect(user);
    const frames = await append(user, 3);
    await vi.waitFor(async () => expect(await publish(user, frames.slice(2))).toEqual([1]), 60_000);
    await received(frames.map(({ text }) => JSON.parse(text) as Frame));
  });

  it('continues with Postgres while Redis is unavailable, and with Redis when it is back and empty', async () => {
    const proxy = await tcpProxy({ port: Number(new URL(redisUrl).port) });
    afterAll(() => proxy.close());
    const behind = new URL(redisUrl);
    behind.port = String(proxy.port);
    const cut = await startPod({}, behind.href);
    const user = newUser();
    const { client, received, isOpen } = await connect(user, { on: cut });
    const all = await send(user);
    await received(all);

    proxy.blackHole();
    proxy.reset();
    all.push(...(await append(user)).map(({ text }) => JSON.parse(text) as Frame));
    await cut.heartbeat();
    await received(all);
    client.reconnect();
    await isOpen(2);
    await redis.del(inboxKey(user));
    proxy.restore();
    proxy.reset();
    all.push(...(await send(user)));
    await received(all);
  });

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
      const token = await make();
      expect(await knock(['guerdon.v1', `bearer.${token}`]).closed).toBe(code);
      const { socket, closed } = knock(['guerdon.v1']);
      socket.once('open', () => socket.send(JSON.stringify({ type: 'RESUME', token })));
      expect(await closed).toBe(code);
      const headers = { authorization: `Bearer ${token}` };
      expect((await fetch(`${pod.url}/events`, { headers })).status).toBe(
        code === 4403 ? 403 : 401,
      );
    },
  );

  it('treats a user named unknown like any other', async () => {
    const user = { tenantId: 'acme', userId: 'unknown' };
    const { received } = await connect(user);
    await received(await send(user));
  });

  it('gives a token of another tenant nothing of a user with the same name', async () => {
    const user = newUser();
    const { frames, received } = await connect({ ...user, tenantId: 'other' });
    await send(user);
    await received(await send({ ...user, tenantId: 'other' }));
    expect(frames).toHaveLength(1);
  });

  it('accepts the token and the last id in the first frame, and resumes again on request', async () => {
    const user = newUser();
    const frames = await append(user, 2);
    const resume = { type: 'RESUME', token: await tokenOf(user), lastId: '1' };
    const { socket, texts } = knock(['guerdon.v1']);
    socket.once('open', () => socket.send(JSON.stringify(resume)));
    const welcome = (id: string) =>
      expect.stringContaining(`"recovered":true,"lastId":"${id}"`) as string;
    await vi.waitFor(() => expect(texts).toEqual([welcome('1'), frames[1]!.text]), 60_000);
    socket.send(JSON.stringify({ type: 'RESUME', lastId: '0' }));
    await vi.waitFor(
      () => expect(texts.slice(2)).toEqual([welcome('0'), ...frames.map(({ text }) => text)]),
      60_000,
    );
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

  it('bounds the connections of a user and of a pod, and serves those that it has', async () => {
    const small = await startPod({
      CONNECTIONS_MAX: '12',
      PENDING_CONNECTIONS_MAX: '8',
      USER_CONNECTIONS_MAX: '3',
    });
    const user = newUser();
    const { received } = await connect(user, { on: small });
    for (const { texts } of [
      await knockAs(user, { on: small }),
      await knockAs(user, { on: small }),
    ])
      await welcomed(texts);
    expect(await (await knockAs(user, { on: small })).closed).toBe(closing.tooMany.code);

    const refused: number[] = [];
    const flood = Array.from({ length: 200 }, () => knock(['guerdon.v1'], { on: small }));
    for (const { closed } of flood) void closed.then((status) => refused.push(status));
    await vi.waitFor(() => expect(refused).toEqual(Array(192).fill(503)), 60_000);
    await received(await send(user));
  });

  it('closes the connection of a client that does not read, and no other', async () => {
    const user = newUser();
    const slow = await knockAs(user);
    await welcomed(slow.texts);
    const { frames } = await connect(user);
    slow.socket.pause();
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
      await vi.waitFor(() => expect(frames).toHaveLength(position), 60_000);
    }
    slow.socket.resume();
    expect(await slow.closed).toBe(closing.slow.code);
  });

  it('ends a connection whose client answers no ping', async () => {
    const own = await startPod();
    const { socket, texts, closed } = knock(['guerdon.v1', `bearer.${await tokenOf(newUser())}`], {
      on: own,
      autoPong: false,
    });
    await welcomed(texts);
    await own.heartbeat();
    await vi.waitFor(() => expect(texts.at(-1)).toContain('HEARTBEAT'), 60_000);
    await own.heartbeat();
    expect(await closed).toBe(1006);
    expect(socket.readyState).toBe(socket.CLOSED);
  });
});
