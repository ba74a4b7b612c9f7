import { beforeAll, expect, it } from 'vitest';
import { testSql } from '#shared/testing/servers/servers.ts';
import { incentiveStore } from './incentive-store.ts';

// One connection, so that it alone decides when its statistics are published.
const sql = await testSql({ max: 1 });
const store = incentiveStore(sql);

const campaigns = [1, 2].map((number) => `00000000-0000-4000-8000-00000000000${number}`);
const tenantId = 'default';
const limit = 10;

// 20,000 incentives of one tenant; the five oldest of each campaign were refused.
beforeAll(async () => {
  await sql`
    insert into incentives (incentive_id, tenant_id, user_id, campaign_id, campaign_version, event_id, type, reward_currency,
      reward_amount, program, status, day, qualified_at, issued_at, cause)
    select gen_random_uuid(), ${tenantId}, 'u-' || number % 100, (${campaigns}::uuid[])[1 + number % 2], 1, 'e-' || number,
      'POINTS', 'POINTS', 5, 'points', case when number < 10 then 'REFUSED' else 'ISSUED' end, at, at, at, '/test'
    from generate_series(0, 19999) number
    cross join lateral (select timestamptz '2026-11-01' + number * interval '1 second' as at) issued`;
  await sql`analyze incentives`;
});

const readRows = async (): Promise<number> => {
  await sql`select pg_stat_force_next_flush()`;
  const [row] = await sql<[{ read: number }]>`
    select sum(seq_tup_read + idx_tup_fetch)::bigint as read from pg_stat_user_tables where relname like 'incentives%'`;
  return row.read;
};

it.each([
  ['all of them', {}, 4 * limit, limit],
  ['a status', { status: 'ISSUED' }, limit, limit],
  ['a rare status', { status: 'REFUSED' }, limit, limit],
  ['a campaign', { campaignId: campaigns[0] }, 4 * limit, limit],
  ['a user', { userId: 'u-3' }, 4 * limit, limit],
  ['a rare status of a user', { userId: 'u-3', status: 'REFUSED' }, limit, 1],
  ['a rare status of a campaign', { campaignId: campaigns[0], status: 'REFUSED' }, limit, 5],
] as const)('a page of %s reads no more than it shows', async (_name, query, rowsMax, shown) => {
  const before = await readRows();
  expect(await store.page({ ...query, tenantId, limit })).toHaveLength(shown);
  expect((await readRows()) - before).toBeLessThanOrEqual(rowsMax);
});

it('pages continue where the one before ended', async () => {
  const query = { tenantId, status: 'REFUSED', limit: 4 } as const;
  const first = await store.page(query);
  const second = await store.page({ ...query, after: first.at(-1) });
  const third = await store.page({ ...query, after: second.at(-1) });
  const all = [...first, ...second, ...third];
  expect(all.map(({ eventId }) => eventId)).toEqual(
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((n) => `e-${n}`),
  );
});
