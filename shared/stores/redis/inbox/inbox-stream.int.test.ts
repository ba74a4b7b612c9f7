import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Unavailable } from '#shared/domain/errors.ts';
import type { InboxUser, SentFrame } from '#shared/domain/inbox/inbox-message.ts';
import { StreamTwin } from '#shared/domain/inbox/stream-twin.ts';
import { runs } from '#shared/testing/runs.ts';
import { ownRedis } from '#shared/testing/servers/own-redis.ts';
import { type RedisNode, redisCluster } from '#shared/testing/servers/redis-servers.ts';
import { testRedis } from '#shared/testing/servers/servers.ts';
import { tcpProxy } from '#shared/testing/servers/tcp-proxy.ts';
import { connectRedis, type RedisConnection } from '../driver/connect.ts';
import { inboxKey } from '../driver/keys.ts';
import { inboxChannel } from './inbox-channel.ts';
import { inboxStream } from './inbox-stream.ts';

const server = await ownRedis();
const cluster = await redisCluster();
const shared = await testRedis();
const open = (url: string): RedisConnection => {
  const redis = connectRedis(url);
  afterAll(() => redis.disconnect());
  return redis;
};
const [alone, sharded] = [open(server.url), open(cluster.url)];

const newUser = (): InboxUser => ({ tenantId: 't', userId: `u-${randomUUID()}` });
const cause = { correlationId: 'order\n1', startedAt: '2026-11-21T10:15:00.000Z' };
const frame = (position: number): SentFrame => ({
  position,
  text: `{"id":"${position}"}`,
  cause,
});
const frames = (...positions: readonly number[]): readonly SentFrame[] => positions.map(frame);

/** A user whose inbox is in one of the slots of a node. */
const userInSlots = async (node: RedisNode, first: number, last: number): Promise<InboxUser> => {
  const user = newUser();
  const slot = Number(await node.ask('CLUSTER', 'KEYSLOT', inboxKey(user)));
  return slot >= first && slot <= last ? user : userInSlots(node, first, last);
};

/** A pod that listens, and what it received of each user. */
const listen = (redis: RedisConnection) => {
  const received = new Map<string, SentFrame[]>();
  const channel = inboxChannel(
    redis,
    {
      received: ({ userId }, sent) => received.set(userId, [...(received.get(userId) ?? []), sent]),
      subscribed: () => undefined,
    },
    { heartbeatMs: 200 },
  );
  onTestFinished(() => channel.close());
  const subscribed = async (...users: readonly InboxUser[]) => {
    await Promise.all(users.map(channel.subscribe));
    await expect.poll(() => users.every(channel.isSubscribed), { timeout: 60_000 }).toBe(true);
  };
  return { channel, subscribed, of: ({ userId }: InboxUser) => received.get(userId) ?? [] };
};

describe.each([
  ['one server', alone],
  ['a cluster of three nodes', sharded],
])('on %s', (_name, redis) => {
  const stream = inboxStream(redis);

  it('frames reach each subscriber once, and the publisher learns their number', async () => {
    const odd = { tenantId: 't', userId: `u}{${randomUUID()}` };
    const users = [...Array.from({ length: 39 }, newUser), odd];
    const [first, second] = [listen(redis), listen(redis)];
    await first.subscribed(...users);
    await second.subscribed(users[0]!);
    const inboxes = users.map((user) => ({ user, frames: frames(1, 2) }));
    const listeners = [2, ...Array<number>(39).fill(1)];
    expect(await stream.publish(inboxes)).toEqual(listeners);
    expect(await stream.publish(inboxes)).toEqual(listeners);
    for (const user of users) await expect.poll(() => first.of(user)).toEqual(frames(1, 2));
    await expect.poll(() => second.of(users[0]!)).toEqual(frames(1, 2));

    first.channel.unsubscribe(users[0]!);
    second.channel.unsubscribe(users[0]!);
    const publishNext = async (position: number) =>
      (await stream.publish([{ user: users[0]!, frames: frames(position) }]))[0];
    let position = 2;
    await expect.poll(() => publishNext((position += 1))).toBe(0);
  });

  it('two pods at once leave each position in a stream once and in order', async () => {
    const user = newUser();
    const listener = listen(redis);
    await listener.subscribed(user);
    const batches = [frames(1, 2, 3), frames(2, 3, 4), frames(1), frames(4, 5)];
    await Promise.all(batches.map((own) => stream.publish([{ user, frames: own }])));
    const kept = (await redis.xrange(inboxKey(user), '-', '+')).map(([id]) => Number.parseInt(id));
    expect(kept).toEqual([...new Set(kept)].toSorted((a, b) => a - b));
    expect(kept.at(-1)).toBe(5);
    await expect.poll(() => listener.of(user).map(({ position }) => position)).toEqual(kept);
  });

  it('a reader gets what follows its position, or learns that the stream does not have it', async () => {
    const user = newUser();
    expect(await stream.after(user, 0, 10)).toBeUndefined();
    await stream.publish([{ user, frames: frames(3, 4, 5) }]);
    expect(await stream.after(user, 2, 10)).toEqual(frames(3, 4, 5));
    expect(await stream.after(user, 3, 1)).toEqual(frames(4));
    expect(await stream.after(user, 5, 10)).toEqual([]);
    expect(await stream.after(user, 1, 10)).toBeUndefined();
    expect(await stream.after(user, 9, 10)).toBeUndefined();
    await stream.publish([{ user, frames: frames(7) }]);
    expect(await stream.after(user, 5, 10)).toBeUndefined();
    expect(await stream.after(user, 6, 10)).toEqual(frames(7));
  });

  it('a stream keeps about as many frames as it may, and expires', async () => {
    const user = newUser();
    const brief = inboxStream(redis, { framesMax: 10, keptMs: 60_000 });
    const many = Array.from({ length: 1_000 }, (_, index) => frame(index + 1));
    await brief.publish([{ user, frames: many }]);
    expect(await redis.xlen(inboxKey(user))).toBeLessThan(200);
    expect(await brief.after(user, 0, 10)).toBeUndefined();
    expect(await brief.after(user, 998, 10)).toEqual(frames(999, 1_000));
    const left = await redis.pttl(inboxKey(user));
    expect([left > 0, left <= 60_000]).toEqual([true, true]);
  });
});

const anyPositions = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 6 });
const anyStep = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      act: fc.constant('append' as const),
      inboxes: fc.tuple(anyPositions, anyPositions),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant('read' as const),
      position: fc.nat(12),
      max: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ act: 'lose' as const }) },
);
type Step = typeof anyStep extends fc.Arbitrary<infer Value> ? Value : never;

/** Takes the script and its twin through the same steps, on two inboxes. */
class Pair {
  readonly users = [newUser(), newUser()] as const;
  readonly published: readonly SentFrame[][] = [[], []];
  readonly #twins = [new StreamTwin(), new StreamTwin()];
  readonly #stream = inboxStream(alone);

  async append(positions: readonly (readonly number[])[]): Promise<void> {
    const inboxes = this.users.map((user, index) => ({
      user,
      frames: frames(...(positions[index] ?? [])),
    }));
    this.#twins.forEach((twin, index) =>
      this.published[index]?.push(...twin.append(inboxes[index]!.frames)),
    );
    expect(await this.#stream.publish(inboxes)).toEqual([1, 1]);
  }

  async read(position: number, max: number): Promise<void> {
    const read = await Promise.all(
      this.users.map((user) => this.#stream.after(user, position, max)),
    );
    expect(read).toEqual(this.#twins.map((twin) => twin.after(position, max)));
  }

  async lose(): Promise<void> {
    await alone.del(...this.users.map(inboxKey));
    for (const twin of this.#twins) twin.lose();
  }

  async take(step: Step): Promise<void> {
    if (step.act === 'append') await this.append(step.inboxes);
    else if (step.act === 'read') await this.read(step.position, step.max);
    else await this.lose();
  }
}

describe('the script', () => {
  it('stores and publishes what its twin does, whatever is appended, in any order', async () => {
    const listener = listen(alone);
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 25 }), async (steps) => {
        const pair = new Pair();
        await listener.subscribed(...pair.users);
        for (const step of steps) await pair.take(step);
        for (const [index, user] of pair.users.entries())
          await expect.poll(() => listener.of(user)).toEqual(pair.published[index]);
        pair.users.forEach(listener.channel.unsubscribe);
      }),
      { numRuns: runs(15) },
    );
  });

  it('publishes a batch of many users by one command per 50 users', async () => {
    const stream = inboxStream(alone);
    const calls = async () =>
      Number(/cmdstat_evalsha:calls=(\d+)/.exec(await alone.info('commandstats'))?.[1]);
    const inboxes = Array.from({ length: 100 }, () => ({ user: newUser(), frames: frames(1, 2) }));
    await stream.publish(inboxes);
    const before = await calls();
    expect(await stream.publish(inboxes)).toEqual(Array(100).fill(0));
    expect((await calls()) - before).toBe(2);
  });
});

describe('when Redis comes back empty', () => {
  it('subscriptions begin again, and a reader sees the gap', async () => {
    const [user, stream, listener] = [newUser(), inboxStream(alone), listen(alone)];
    await listener.subscribed(user);
    await stream.publish([{ user, frames: frames(1, 2) }]);
    await expect.poll(() => listener.of(user)).toEqual(frames(1, 2));
    await server.server.kill();
    await expect.poll(() => listener.channel.isSubscribed(user)).toBe(false);
    await expect(stream.publish([{ user, frames: frames(3) }])).rejects.toThrow(Unavailable);
    await server.loseData();
    await server.server.start();
    await listener.subscribed(user);
    const published = () => stream.publish([{ user, frames: frames(4) }]).catch(() => 'away');
    await expect.poll(published).toEqual([1]);
    await expect.poll(() => listener.of(user)).toEqual(frames(1, 2, 4));
    expect(await stream.after(user, 2, 10)).toBeUndefined();
  });

  it('the other nodes of a cluster continue', async () => {
    const users = Array.from({ length: 24 }, newUser);
    const [stream, listener] = [inboxStream(sharded), listen(sharded)];
    await listener.subscribed(...users);
    const [lost] = cluster.nodes;
    await lost!.server.kill();
    const reachable = () => users.filter(listener.channel.isSubscribed);
    await expect.poll(() => reachable().length).toBeLessThan(users.length);
    const others = reachable();
    expect(others.length).toBeGreaterThan(0);
    const published = await stream.publish(others.map((user) => ({ user, frames: frames(1) })));
    expect(new Set(published)).toEqual(new Set([1]));
    await lost!.server.start();
    await listener.subscribed(...users);
  });
});

describe('a subscription', () => {
  /** How often Redis has received a command. */
  const calls = async (command: string) =>
    Number(
      new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await alone.info('commandstats'))?.[1] ??
        0,
    );

  it('is there when subscribe resolves, and its listener is not called', async () => {
    const subscribed = vi.fn();
    const channel = inboxChannel(alone, { received: () => undefined, subscribed });
    onTestFinished(() => channel.close());
    const first = newUser();
    await channel.subscribe(first);
    await expect.poll(() => channel.isSubscribed(first)).toBe(true);
    subscribed.mockClear();
    for (const user of Array.from({ length: 20 }, newUser)) {
      await channel.subscribe(user);
      expect(await inboxStream(alone).publish([{ user, frames: frames(1) }])).toEqual([1]);
    }
    expect(subscribed).not.toHaveBeenCalled();
  });

  it('is kept for a user who comes back at once; those of others end in one command', async () => {
    const listener = listen(alone);
    const users = Array.from({ length: 20 }, newUser);
    const [back, ...gone] = users;
    await listener.subscribed(...users);
    const [begun, ended] = [await calls('ssubscribe'), await calls('sunsubscribe')];
    users.forEach(listener.channel.unsubscribe);
    await listener.channel.subscribe(back!);
    await expect.poll(() => gone.some(listener.channel.isSubscribed)).toBe(false);
    await expect.poll(() => calls('sunsubscribe')).toBe(ended + 1);
    const counted = await inboxStream(alone).publish(
      users.map((user) => ({ user, frames: frames(1) })),
    );
    expect(counted).toEqual([1, ...Array<number>(19).fill(0)]);
    expect(await calls('ssubscribe')).toBe(begun);
  });

  it('is not waited for without Redis, and its listener is called when it begins', async () => {
    const proxy = await tcpProxy({ port: Number(new URL(shared.url).port) });
    onTestFinished(() => proxy.close());
    const through = new URL(shared.url);
    through.port = String(proxy.port);
    const subscribed = vi.fn();
    const channel = inboxChannel(
      open(through.href),
      { received: () => undefined, subscribed },
      { heartbeatMs: 200 },
    );
    onTestFinished(() => channel.close());
    proxy.blackHole();
    const user = newUser();
    await channel.subscribe(user);
    expect(channel.isSubscribed(user)).toBe(false);
    expect(subscribed).not.toHaveBeenCalled();
    proxy.restore();
    proxy.reset();
    await vi.waitFor(() => expect(subscribed).toHaveBeenCalledWith([user]), 50_000);
  });

  it('begins again after the network was cut silently, and its listener is called', async () => {
    const proxy = await tcpProxy({ port: Number(new URL(shared.url).port) });
    onTestFinished(() => proxy.close());
    const through = new URL(shared.url);
    through.port = String(proxy.port);
    const user = newUser();
    let begun = 0;
    const channel = inboxChannel(
      open(through.href),
      { received: () => undefined, subscribed: () => (begun += 1) },
      { heartbeatMs: 200 },
    );
    onTestFinished(() => channel.close());
    await channel.subscribe(user);
    await expect.poll(() => channel.isSubscribed(user)).toBe(true);
    begun = 0;
    proxy.blackHole();
    proxy.restore();
    await expect.poll(() => begun, { timeout: 50_000 }).toBe(1);
  });

  it('adds no listener to its connection, however many are in progress when the network is cut', async () => {
    const warnings: string[] = [];
    const warn = ({ name, message }: Error) => warnings.push(`${name}: ${message}`);
    process.on('warning', warn);
    onTestFinished(() => void process.off('warning', warn));
    const proxy = await tcpProxy({ port: Number(new URL(shared.url).port) });
    onTestFinished(() => proxy.close());
    const through = new URL(shared.url);
    through.port = String(proxy.port);
    const listener = listen(open(through.href));
    const users = Array.from({ length: 30 }, newUser);
    await listener.subscribed(users[0]!);
    proxy.blackHole();
    for (const user of users) {
      void listener.channel.subscribe(user);
      await nextTurn();
    }
    proxy.restore();
    proxy.reset();
    await listener.subscribed(...users);
    expect(warnings).toEqual([]);
  });

  it('follows its slot to another node', async () => {
    const [from, to] = [cluster.nodes[1]!, cluster.nodes[2]!];
    const listener = listen(sharded);
    const user = await userInSlots(from, 5_462, 10_900);
    const slot = Number(await from.ask('CLUSTER', 'KEYSLOT', inboxKey(user)));
    await listener.subscribed(user);
    const id = String(await to.ask('CLUSTER', 'MYID'));
    for (const { ask } of cluster.nodes) await ask('CLUSTER', 'SETSLOT', slot, 'NODE', id);
    const stream = inboxStream(sharded);
    let position = 0;
    const publishNext = async () =>
      (await stream.publish([{ user, frames: frames((position += 1)) }]))[0];
    await expect.poll(publishNext, { timeout: 60_000 }).toBe(1);
    await expect.poll(() => listener.of(user).at(-1)).toEqual(frame(position));
  });

  it('follows the slots of a node that is gone, though nothing else uses the cluster', async () => {
    const { url, nodes } = await redisCluster();
    const [gone, heir, third] = nodes as [RedisNode, RedisNode, RedisNode];
    const listener = listen(open(url));
    const user = await userInSlots(gone, 0, 5_461);
    await listener.subscribed(user);
    await gone.server.kill();
    for (const { ask } of [heir, third]) await ask('CLUSTER', 'DELSLOTSRANGE', 0, 5_461);
    await heir.ask('CLUSTER', 'ADDSLOTSRANGE', 0, 5_461);
    await heir.ask('CLUSTER', 'BUMPEPOCH');
    const publisher = inboxStream(open(url));
    let position = 0;
    const publishNext = async () => {
      position += 1;
      return (await publisher.publish([{ user, frames: frames(position) }]))[0];
    };
    await expect.poll(() => publishNext().catch(() => 'away'), { timeout: 60_000 }).toBe(1);
    await expect.poll(() => listener.of(user).at(-1)).toEqual(frame(position));
  });
});
