import { expect, it } from 'vitest';
import { testSql } from '#shared/testing/servers/servers.ts';
import { rowsOf } from './connect.ts';

const sql = await testSql({ max: 1 });

it('gives Postgres every value as it is, in columns named after the fields', async () => {
  const rows = [
    {
      ...{ id: '00000000-0000-4000-8000-000000000001', userId: 'a "b" \\ {c}, null', count: 1 },
      ...{
        points: Number.MAX_SAFE_INTEGER,
        isDue: true,
        dueAt: new Date('2026-11-21T15:45:00.123Z'),
      },
      ...{ state: { is: [null, 'a"b', { tier_name: 'gold' }] } },
    },
    {
      ...{ id: '00000000-0000-4000-8000-000000000002', userId: '', count: -1, points: 0 },
      ...{ isDue: false, dueAt: undefined, state: undefined, left: 'out' },
    },
    {
      ...{ id: '00000000-0000-4000-8000-000000000003', userId: 'c:\\d', count: 0, points: 1 },
      ...{ isDue: true, dueAt: undefined, state: undefined },
    },
  ];
  const given = rowsOf(
    sql,
    { given: rows },
    {
      ...{ id: 'uuid', userId: 'text', count: 'integer', points: 'bigint' },
      ...{ isDue: 'boolean', dueAt: 'timestamptz', state: 'jsonb' },
    },
  );
  expect(await sql`select * from ${given} order by given.id`).toEqual([
    rows[0],
    { ...rows[1], dueAt: null, state: null, left: undefined },
    { ...rows[2], dueAt: null, state: null },
  ]);
});

it('takes infinite instants and days as text, and no rows at all', async () => {
  const rows = [{ at: '-infinity', day: '2026-11-21' }];
  const [row] = await sql`
    select at = '-infinity' as is_infinite, day::text
    from ${rowsOf(sql, { wanted: rows }, { at: 'timestamptz', day: 'date' })}`;
  expect(row).toEqual({ isInfinite: true, day: '2026-11-21' });
  expect(await sql`select from ${rowsOf(sql, { wanted: [] }, { at: 'text' as const })}`).toEqual(
    [],
  );
});
