import { beforeEach, describe, expect, it } from 'vitest';
import { currentBalances } from '#shared/stores/postgres/ledger/current-balances.ts';
import { balanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { balancePrefix } from '#shared/stores/redis/driver/keys.ts';
import { testRedisClient, testSql } from '#shared/testing/servers/servers.ts';
import { warmBalances } from './warm-balances.ts';

const sql = await testSql({ max: 2 });
const redis = await testRedisClient();

const cache = balanceCache(redis);
const current = currentBalances(sql);
const tenant = {
  tenantId: 'default',
  boards: [{ tenantId: 'default', board: 'main', tiePolicy: 'competition' as const }],
};
const customers = 1_201;
await sql`
  insert into points_balances (tenant_id, customer_id, program, points, lifetime, version, reached_at)
  select tenant, 'c-' || number, program, number, number, 3, '2026-11-21T10:00:00Z'
  from generate_series(1, ${customers}) number, unnest('{points,cash}'::text[]) program, unnest('{default,other}'::text[]) tenant`;

const warm = (changes: Partial<Parameters<typeof warmBalances>[0]> = {}) =>
  warmBalances({
    currentBalances: current,
    cache,
    tenant,
    onProgress: () => undefined,
    ...changes,
  });
const cached = (program: string, tenantId = 'default') =>
  redis.keys(`${balancePrefix(tenantId, program)}*`).then((keys) => keys.length);

beforeEach(() => redis.flushdb());

describe('warmBalances', () => {
  it('fills the cache with every program of a tenant, and the boards with the main one', async () => {
    const progress: number[] = [];
    expect(await warm({ onProgress: (done) => progress.push(done) })).toBe(2 * customers);
    expect(await Promise.all([cached('points'), cached('cash')])).toEqual([customers, customers]);
    expect(await redis.zcard('board:{default}:main:live')).toBe(customers);
    expect(await cached('points', 'other')).toBe(0);
    expect(progress).toEqual([500, 1_000, 1_500, 2_000, 2_402]);
  });

  it('keeps a balance that is newer in the cache', async () => {
    const key = { tenantId: 'default', customerId: 'c-7', program: 'points' };
    const newer = { ...key, points: 70, pending: 0, reserved: 0, lifetime: 70, version: 4 };
    await cache.writeThrough([{ ...newer, reachedAt: new Date() }], () => tenant.boards);
    await warm();
    expect(await cache.read(key)).toMatchObject({ points: 70, version: 4 });
    expect(await redis.zscore('board:{default}:main:live', 'c-7')).toBe('70');
  });

  it('is complete at a bounded rate, too', async () => {
    expect(await warm({ ratePerSecond: 20_000 })).toBe(2 * customers);
    expect(await cached('points')).toBe(customers);
  });

  it('has nothing to do for a tenant without customers', async () => {
    expect(await warm({ tenant: { tenantId: 'new', boards: [] } })).toBe(0);
  });
});
