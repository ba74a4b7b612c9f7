/** Every script and every command that functions send, on a Redis Cluster of three masters. */

import { afterAll, describe, expect, it } from 'vitest';
import { rebuildBoard } from '#functions/rebuild-rank-snapshot/rebuild-board.ts';
import { Unavailable } from '#shared/domain/errors.ts';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { Usage } from '#shared/domain/limits/usage.ts';
import type { Board, TiePolicy } from '#shared/domain/ranks/board.ts';
import { balanceReader } from '#shared/stores/postgres/ledger/balance-reader.ts';
import { balanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { announceChange, changeNotices } from '#shared/stores/redis/change-notices.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { hotSetKey } from '#shared/stores/redis/driver/keys.ts';
import { redisCircuit } from '#shared/stores/redis/driver/redis-availability.ts';
import { limitCounters } from '#shared/stores/redis/limits/limit-counters.ts';
import { questCache } from '#shared/stores/redis/quest-cache.ts';
import { rankReader } from '#shared/stores/redis/ranks/rank-reader.ts';
import { rankRounds } from '#shared/stores/redis/ranks/rank-rounds.ts';
import { snapshotNotices } from '#shared/stores/redis/ranks/snapshot-notices.ts';
import { hitSketch } from '#shared/stores/redis/sketch/hit-sketch.ts';
import { hotSet } from '#shared/stores/redis/sketch/hot-set.ts';
import { redisCluster } from '#shared/testing/servers/redis-servers.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { testBalance } from '#shared/testing/worlds/balances.ts';

const { url, nodes } = await redisCluster();
const redis = connectRedis(url);
const sql = await testSql({ max: 2 });
afterAll(() => {
  redis.disconnect();
});

const cache = balanceCache(redis);
const counters = limitCounters(redis);
const rounds = rankRounds(redis);
const reader = rankReader(redis);

/** Enough tenants for each node to have some. */
const tenants = Array.from({ length: 24 }, (_, number) => `t-${number}`);
const policies: readonly TiePolicy[] = ['competition', 'dense', 'ordinal'];
const boardsOf = (tenantId: string): readonly Board[] =>
  policies.map((tiePolicy) => ({ tenantId, board: tiePolicy, tiePolicy }));

const balance = (tenantId: string, changes: Partial<Balance> = {}) =>
  testBalance({ tenantId, ...changes });

const customers = ['c-1', 'c-2', 'c-3'];
const balances = tenants.flatMap((tenantId) =>
  customers.flatMap((customerId, number) => [
    balance(tenantId, { customerId, points: 10 * number }),
    balance(tenantId, { customerId, program: 'miles', points: number }),
  ]),
);
await sql`
  insert into tenants (tenant_id, name, currency)
  select tenant_id, tenant_id, 'INR' from unnest(${tenants}::text[]) tenant_id`;
await sql`
  insert into points_balances (tenant_id, customer_id, program, points, lifetime, version, reached_at)
  select tenant_id, customer_id, 'points', points, points, 1, '2026-11-21T10:00:00Z'
  from unnest(${tenants}::text[]) tenant_id,
    unnest(${customers}::text[], '{0,10,20}'::int[]) as balance (customer_id, points)`;

const sizes = () => Promise.all(nodes.map(async ({ ask }) => Number(await ask('DBSIZE'))));
const rebuild = (board: Board, mode: 'if-changed' | 'full') =>
  rebuildBoard(
    { rounds, truth: balanceReader(sql), cache, clock: () => new Date() },
    { board, mode, siblings: boardsOf(board.tenantId) },
  );
const placesOf = async (board: Board, live = false) => {
  const view = await reader.page(board, { limit: 9, live });
  return view?.rows.map(({ customerId, points }) => `${customerId} ${points}`);
};

describe('on a cluster', () => {
  it('balances of many tenants and programs are written in one batch, read and dropped', async () => {
    await cache.writeThrough(balances, boardsOf);
    expect(await Promise.all(balances.map((each) => cache.read(each)))).toEqual(balances);
    expect((await sizes()).every((keys) => keys > 0)).toBe(true);
    const miles = balances.filter(({ program }) => program === 'miles');
    await cache.drop(miles);
    expect(await Promise.all(miles.map((each) => cache.read(each)))).toEqual(
      miles.map(() => undefined),
    );
  });

  it('counters of one tenant are read and written in any number, and are on every node', async () => {
    const before = await sizes();
    const usages = new Map<string, Usage>(
      Array.from({ length: 600 }, (_, number) => [
        `user:u-${number}`,
        { version: number, total: { count: number, amounts: {} }, days: {} },
      ]),
    );
    await counters.write('t-0', usages);
    expect(await counters.read('t-0', [...usages.keys(), 'user:nobody'])).toEqual(usages);
    const after = await sizes();
    expect(after.every((keys, node) => keys - (before[node] ?? 0) > 100)).toBe(true);
  });

  it('boards of every policy are rebuilt in full, then from changes, read, and left alone while idle', async () => {
    const notices = snapshotNotices(redis);
    await expect.poll(() => notices.isListening()).toBe(true);
    for (const board of tenants.slice(0, 6).flatMap(boardsOf)) {
      const generation = notices.generation(board);
      expect(await rebuild(board, 'if-changed')).toMatchObject([
        { kind: 'published', mode: 'full' },
      ]);
      await expect.poll(() => notices.generation(board)).not.toBe(generation);
      expect(await placesOf(board)).toEqual(['c-3 20', 'c-2 10', 'c-1 0']);
      expect(await rebuild(board, 'if-changed')).toEqual([{ kind: 'idle' }]);
    }
    await notices.close();
    const changed = tenants
      .slice(0, 6)
      .map((tenantId) => balance(tenantId, { version: 2, points: 15 }));
    await cache.writeThrough(changed, boardsOf);
    for (const board of tenants.slice(0, 6).flatMap(boardsOf)) {
      expect(await placesOf(board, true)).toEqual(['c-3 20', 'c-1 15', 'c-2 10']);
      expect(await rebuild(board, 'if-changed')).toMatchObject([{ mode: 'incremental' }]);
      expect(await placesOf(board)).toEqual(['c-3 20', 'c-1 15', 'c-2 10']);
      const around = await reader.customer(board, {
        customerId: 'c-1',
        neighbours: 1,
        live: false,
      });
      expect(around).toMatchObject({
        rows: [{ rank: 1 }, { rank: 2, movement: 1 }, { rank: 3 }],
      });
    }
  });

  it('notices arrive wherever they are published, and resume after the connection is cut', async () => {
    const notices = changeNotices(redis, 'cluster-test');
    await expect.poll(() => notices.isListening()).toBe(true);
    for (const node of nodes) {
      const before = notices.generation('a');
      await node.ask('PUBLISH', 'cluster-test', 'a');
      await expect.poll(() => notices.generation('a')).not.toBe(before);
    }
    const before = notices.generation('b');
    for (const node of nodes) await node.ask('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await expect.poll(() => notices.generation('b')).not.toBe(before);
    await expect.poll(() => notices.isListening()).toBe(true);
    const resumed = notices.generation('b');
    await announceChange(redis, 'cluster-test', 'b');
    await expect.poll(() => notices.generation('b')).not.toBe(resumed);
    await notices.close();
  });

  it('hits of many tenants are counted in one batch, and their campaigns heat up and cool', async () => {
    const sketch = hitSketch(redis, { geometry: { width: 272, depth: 5 }, keptMs: 60_000 });
    const hot = hotSet(redis, { keptMs: 60_000 });
    const now = new Date('2026-11-21T10:00:00Z');
    const hits = new Map([
      ['c-1', 3],
      ['c-2', 1],
    ]);
    const change = (tenantId: string, kind: 'heated' | 'cooled') =>
      ({ tenantId, kind, campaignId: 'c-1', heatedIn: 7, hits: 3, changedAt: now }) as const;
    const loads = await sketch.add(
      7,
      tenants.map((tenantId) => ({ tenantId, hits })),
      now,
    );
    expect(loads.map((load) => load.hits)).toEqual(tenants.flatMap(() => [3, 1]));
    const heating = tenants.map((tenantId) => change(tenantId, 'heated'));
    expect(await hot.heat(heating)).toEqual({ changes: heating, refused: [] });
    expect(new Set(await sketch.tenantsSince(now))).toEqual(new Set(tenants));
    for (const tenantId of tenants) {
      expect(await sketch.estimates({ tenantId, bucket: 7 }, ['c-1'])).toEqual([3]);
      expect(await hot.cool(tenantId, [change(tenantId, 'cooled')])).toHaveLength(1);
      expect(await hot.unpublished(tenantId)).toHaveLength(2);
      await hot.published([change(tenantId, 'heated'), change(tenantId, 'cooled')]);
      expect(await hot.unpublished(tenantId)).toEqual([]);
    }
  });

  it('progress of hot quests is cached for users on every node, and forgotten in one batch', async () => {
    const cache = questCache(redis, redisCircuit());
    const users = Array.from({ length: 60 }, (_, number) => ({
      ...{ tenantId: 't-0', campaignId: 'c-1', ruleKey: 'r', userId: `u-${number}` },
    }));
    await redis.zadd(hotSetKey('t-0'), 7, 'c-1');
    const read = (completions: number) => {
      const load = () => Promise.resolve({ completions, startedAt: null, done: [] });
      return Promise.all(users.map((user) => cache.read(user, load)));
    };
    const before = await sizes();
    await read(1);
    expect((await sizes()).every((keys, node) => keys > (before[node] ?? 0))).toBe(true);
    expect((await read(2)).every(({ completions }) => completions === 1)).toBe(true);
    await cache.forget(users);
    expect((await read(3)).every(({ completions }) => completions === 3)).toBe(true);
  });

  it('reports within seconds that no node responds', async () => {
    const nowhere = connectRedis('redis+cluster://127.0.0.1:1,127.0.0.1:2');
    await expect(balanceCache(nowhere).read(balance('t-0'))).rejects.toThrow(Unavailable);
    nowhere.disconnect();
  });
});

describe('when a node is killed and comes back empty', () => {
  it('requests of its tenants wait while others continue, and balances and boards are rebuilt from Postgres', async () => {
    const [lost] = nodes;
    await cache.writeThrough(balances, boardsOf);
    await lost!.server.kill();
    const read = (tenantId: string) =>
      cache.read(balance(tenantId)).then(
        (found) => found !== undefined,
        (error: unknown) => {
          expect(error).toBeInstanceOf(Unavailable);
          return false;
        },
      );
    const reachable = await Promise.all(tenants.map(read));
    expect(new Set(reachable)).toEqual(new Set([true, false]));
    const gone = tenants.filter((_, tenant) => !reachable[tenant]);

    await lost!.server.start();
    for (const tenantId of gone)
      await expect.poll(() => cache.read(balance(tenantId)).catch(() => 'away')).toBeUndefined();
    for (const board of gone.flatMap(boardsOf)) {
      expect(await rebuild(board, 'if-changed')).toMatchObject([
        { kind: 'published', mode: 'full' },
      ]);
      expect(await placesOf(board)).toEqual(['c-3 20', 'c-2 10', 'c-1 0']);
    }
    await cache.writeThrough(balances, boardsOf);
    expect((await Promise.all(tenants.map(read))).every(Boolean)).toBe(true);
  });
});
