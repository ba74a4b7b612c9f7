import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { Board } from '#shared/domain/ranks/board.ts';
import { testRedis } from '#shared/testing/servers/servers.ts';
import { testBalance } from '#shared/testing/worlds/balances.ts';
import { connectRedis } from '../driver/connect.ts';
import { balanceCache } from './balance-cache.ts';

const { url } = await testRedis();
const redis = connectRedis(url);
const cache = balanceCache(redis);
beforeEach(() => redis.flushdb());
afterAll(() => redis.quit());

const boardsOf = (tenantId: string): readonly Board[] => [
  { tenantId, board: 'main', tiePolicy: 'competition' },
  { tenantId, board: 'first', tiePolicy: 'ordinal' },
];

const balance = (changes: Partial<Balance> = {}) =>
  testBalance({ tenantId: 't1', lifetime: 12, version: 5, ...changes });

const livePoints = (tenantId = 't1') => redis.zscore(`board:{${tenantId}}:main:live`, 'c-1');

describe('balanceCache', () => {
  it('returns what was written', async () => {
    await cache.writeThrough([balance()], boardsOf);
    expect(await cache.read({ tenantId: 't1', customerId: 'c-1', program: 'points' })).toEqual(
      balance(),
    );
  });

  it('has nothing for a customer who was never written', async () => {
    expect(
      await cache.read({ tenantId: 't1', customerId: 'nobody', program: 'points' }),
    ).toBeUndefined();
  });

  it('never overwrites a newer balance with an older one, nor on the boards', async () => {
    await cache.writeThrough([balance()], boardsOf);
    await cache.writeThrough([balance({ version: 4, points: 8 })], boardsOf);
    expect(
      (await cache.read({ tenantId: 't1', customerId: 'c-1', program: 'points' }))?.points,
    ).toBe(10);
    expect(await livePoints()).toBe('10');
    expect(await redis.zscore('board:{t1}:main:pending', 'c-1')).toBe('10');
  });

  it('keeps the newest of several versions in one batch, whatever their order', async () => {
    const batch = [
      balance({ version: 6, points: 30 }),
      balance({ version: 7, points: 20 }),
      balance(),
    ];
    await cache.writeThrough(batch, boardsOf);
    expect(
      (await cache.read({ tenantId: 't1', customerId: 'c-1', program: 'points' }))?.version,
    ).toBe(7);
    expect(await livePoints()).toBe('20');
  });

  it('ends at the newest version when two writers race', async () => {
    const versions = Array.from({ length: 50 }, (_, index) =>
      balance({ version: index, points: index }),
    );
    const other = connectRedis(url);
    const shuffled = versions.toSorted(() => Math.random() - 0.5);
    await Promise.all(
      shuffled.map((version, index) =>
        (index % 2 === 0 ? cache : balanceCache(other)).writeThrough([version], boardsOf),
      ),
    );
    await other.quit();
    expect(
      (await cache.read({ tenantId: 't1', customerId: 'c-1', program: 'points' }))?.version,
    ).toBe(49);
    expect(await livePoints()).toBe('49');
  });

  it('keeps tenants apart in one batch', async () => {
    await cache.writeThrough([balance(), balance({ tenantId: 't2', points: 99 })], boardsOf);
    expect(await livePoints('t1')).toBe('10');
    expect(await livePoints('t2')).toBe('99');
  });

  it('writes a batch larger than one script call', async () => {
    const many = Array.from({ length: 1201 }, (_, index) => balance({ customerId: `c-${index}` }));
    await cache.writeThrough(many, boardsOf);
    expect(await redis.zcard('board:{t1}:main:live')).toBe(1201);
    expect(await redis.zcard('board:{t1}:first:live')).toBe(1201);
  });

  it('caches the balance of a tenant without boards', async () => {
    await cache.writeThrough([balance()], () => []);
    expect(await cache.read({ tenantId: 't1', customerId: 'c-1', program: 'points' })).toEqual(
      balance(),
    );
  });

  it('accepts any version of a dropped balance, also on the boards', async () => {
    await cache.writeThrough([balance()], boardsOf);
    await cache.drop([balance(), balance({ customerId: 'nobody' })]);
    expect(await cache.read(balance())).toBeUndefined();
    await cache.writeThrough([balance({ version: 3, points: 7 })], boardsOf);
    expect(await cache.read(balance())).toEqual(balance({ version: 3, points: 7 }));
    expect(await livePoints()).toBe('7');
  });

  it('lives for its time after each write, also one that changes nothing, and not all balances equally long', async () => {
    const brief = balanceCache(redis, { keptMs: 1_000_000 });
    const left = () => redis.pttl('balance:{t1}:points:c-1');
    await redis.hset('balance:{t1}:points:c-1', { version: 5, points: 10 });
    expect(await left()).toBe(-1);
    const times = new Set<number>();
    for (let write = 0; write < 5; write += 1) {
      await brief.writeThrough([balance()], boardsOf);
      expect(await left()).toBeGreaterThan(900_000);
      expect(await left()).toBeLessThanOrEqual(1_100_000);
      times.add(Math.round((await left()) / 1_000));
      await redis.persist('balance:{t1}:points:c-1');
    }
    expect(times.size).toBeGreaterThan(1);
  });

  it('that had expired is no change of the boards, unless the boards show other points or a round runs', async () => {
    const pending = () => redis.zcard('board:{t1}:main:pending');
    await cache.writeThrough([balance()], boardsOf);
    const expire = async () => {
      await redis.del('balance:{t1}:points:c-1', 'board:{t1}:main:pending');
      await redis.del('board:{t1}:first:pending', 'board:{t1}:first:pending:members');
    };
    await expire();
    await cache.writeThrough([balance()], boardsOf);
    expect(await cache.read(balance())).toEqual(balance());
    expect([await pending(), await redis.exists('board:{t1}:first:pending')]).toEqual([0, 0]);
    await expire();
    await cache.writeThrough([balance({ reachedAt: new Date(1) })], boardsOf);
    expect([await pending(), await redis.exists('board:{t1}:first:pending')]).toEqual([0, 1]);
    await expire();
    await redis.set('board:{t1}:main:lease', 'a round');
    await cache.writeThrough([balance()], boardsOf);
    expect(await pending()).toBe(1);
    await expire();
    await redis.del('board:{t1}:main:lease');
    await cache.writeThrough([balance({ points: 11 })], boardsOf);
    expect([await pending(), await livePoints()]).toEqual([1, '11']);
  });

  it('keeps working after the server has lost its scripts', async () => {
    await cache.writeThrough([balance()], boardsOf);
    await redis.script('FLUSH');
    await cache.writeThrough([balance({ version: 6, points: 11 })], boardsOf);
    expect(await livePoints()).toBe('11');
  });

  it('throws Unavailable when Redis is unavailable', async () => {
    const nowhere = connectRedis('redis://127.0.0.1:1');
    await expect(balanceCache(nowhere).writeThrough([balance()], boardsOf)).rejects.toMatchObject({
      name: 'Unavailable',
      dependency: 'redis',
    });
    nowhere.disconnect();
  });
});
