import { describe, expect, it } from 'vitest';
import { testSql } from '#shared/testing/servers/servers.ts';
import { comparisonPosition } from './comparison-position.ts';
import { currentBalances } from './current-balances.ts';

const sql = await testSql({ max: 2 });
const store = currentBalances(sql);

await sql`
  insert into points_balances (tenant_id, customer_id, program, points, pending, reserved, lifetime, version, reached_at, updated_at)
  values ('a', 'c-1', 'cash', 1, 2, 3, 4, 5, '2026-11-21T10:00:00Z', now() - interval '31 days'),
    ('a', 'c-1', 'points', 10, 0, 0, 10, 1, '2026-11-21T10:00:00Z', now()),
    ('a', 'c-2', 'points', 20, 0, 0, 20, 1, '2026-11-21T10:00:00Z', now()),
    ('b', 'c-1', 'points', 30, 0, 0, 30, 1, '2026-11-21T10:00:00Z', now())`;

describe('currentBalances', () => {
  const walk = async (tenantId?: string) => {
    const met: string[] = [];
    let page = await store.page(undefined, { tenantId, balancesMax: 1 });
    while (page.length > 0) {
      met.push(...page.map((one) => `${one.tenantId} ${one.customerId} ${one.program}`));
      page = await store.page(page.at(-1), { tenantId, balancesMax: 1 });
    }
    return met;
  };

  it('gives each balance of every program once, page by page', async () => {
    expect(await walk()).toEqual(['a c-1 cash', 'a c-1 points', 'a c-2 points', 'b c-1 points']);
  });

  it('gives those of one tenant only, where one is named', async () => {
    expect(await walk('a')).toEqual(['a c-1 cash', 'a c-1 points', 'a c-2 points']);
    expect(await store.count('a')).toBe(3);
    expect(await store.count()).toBe(4);
  });

  it('returns a whole balance, and whether it has been unchanged for a while', async () => {
    const [cash, points] = await store.page(undefined, { balancesMax: 2 });
    expect(cash).toEqual({
      tenantId: 'a',
      customerId: 'c-1',
      program: 'cash',
      points: 1,
      pending: 2,
      reserved: 3,
      lifetime: 4,
      version: 5,
      reachedAt: new Date('2026-11-21T10:00:00Z'),
      isSettled: true,
      mayBeExpired: true,
    });
    expect(points).toMatchObject({ isSettled: false, mayBeExpired: false });
  });

  it('finds balances by key, and none where there is none', async () => {
    const key = (customerId: string) => ({ tenantId: 'a', customerId, program: 'points' });
    const found = await store.find([key('c-2'), key('nobody'), key('c-1')]);
    expect(found.map(({ points }) => points).sort()).toEqual([10, 20]);
    expect(await store.find([])).toEqual([]);
  });
});

describe('comparisonPosition', () => {
  it('is where it was left, by anyone, until it begins again', async () => {
    const position = comparisonPosition(sql);
    expect(await position.find()).toBeUndefined();
    await position.save({ tenantId: 'a', customerId: 'c-1', program: 'cash' });
    await position.save({ tenantId: 'a', customerId: 'c-2', program: 'points' });
    expect(await comparisonPosition(sql).find()).toEqual({
      tenantId: 'a',
      customerId: 'c-2',
      program: 'points',
    });
    await position.save(undefined);
    expect(await position.find()).toBeUndefined();
  });
});
