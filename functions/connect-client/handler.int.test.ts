import { afterAll, describe, expect, it, vi } from 'vitest';
import { type Frame, overEventStream, overWebSocket } from '#shared/clients/connect-client.ts';
import { sentFrame } from '#shared/domain/inbox/inbox-message.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { inboxKey } from '#shared/stores/redis/driver/keys.ts';
import { tcpProxy } from '#shared/testing/servers/tcp-proxy.ts';
import { connectWorld, newUser, tokenOf, welcomed } from '#shared/testing/worlds/connect-world.ts';
import { newMessage } from '#shared/testing/worlds/inbox.ts';
import { limitShape } from './config.ts';
import { createHandler } from './handler.ts';

const { sql, redis, redisUrl, store, startPod, pod, append, publish, send, connect, knock } =
  await connectWorld(({ variables, ...parts }) =>
    createHandler({ ...parts, limits: readConfig(limitShape, variables) }),
  );

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

  it('has one read of positions under way while Postgres is slow, for heartbeats and new clients', async () => {
    const own = await startPod();
    const user = newUser();
    const { received } = await connect(user, { on: own });
    const unpublished = await append(user);
    const slow = Promise.withResolvers<undefined>();
    let [underWay, underWayMost] = [0, 0];
    own.newest.mockReset().mockImplementation(async (users) => {
      underWay += 1;
      underWayMost = Math.max(underWayMost, underWay);
      await slow.promise;
      const positions = await store.newest(users);
      underWay -= 1;
      return positions;
    });
    const beats = Array.from({ length: 1_000 }, () => own.heartbeat());
    const newcomer = connect(newUser(), { on: own });
    await vi.waitFor(() => expect(own.newest).toHaveBeenCalled(), 60_000);
    slow.resolve(undefined);
    await Promise.all([...beats, newcomer]);
    await received(unpublished.map(({ text }) => JSON.parse(text) as Frame));
    expect(underWayMost).toBe(1);
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
