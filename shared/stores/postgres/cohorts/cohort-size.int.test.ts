import { describe, expect, it } from 'vitest';
import { rowsRead } from '#shared/testing/rows-read.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { cohortLists } from './cohort-lists.ts';
import { cohortStore } from './cohort-store.ts';

const sql = await testSql({ max: 1 });
const lists = cohortLists(sql);

const tenantId = 'default';
const many = 20_100;
const second = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));
const day = 86_400;

const create = async (cohort: string, kind: 'STATIC' | 'REAL_TIME' = 'STATIC') => {
  const [row] = await sql<{ cohortId: string }[]>`
    insert into cohorts (tenant_id, cohort, name, kind, rules, created_by)
    values (${tenantId}, ${cohort}, 'Many', ${kind}, case ${kind} when 'REAL_TIME' then '{}'::jsonb end, 'ann')
    returning cohort_id`;
  return { tenantId, cohortId: row?.cohortId ?? '' };
};

const fill = (cohort: string, members: number) => sql`
  insert into cohort_members (tenant_id, cohort, customer_id, since)
  select ${tenantId}, ${cohort}, 'c-' || n, ${second(0)} from generate_series(1, ${members}::int) n`;

/** The size that is shown at an instant, and whether its members were counted for it. */
const sizeAt = async (key: Awaited<ReturnType<typeof create>>, at: Date) => {
  const found: Awaited<ReturnType<typeof lists.find>>[] = [];
  const rows = await rowsRead(sql, ['cohort_members', 'real_time_members'], async () => {
    found.push(await lists.find(key, at));
  });
  return { size: found[0]?.size, sizeAt: found[0]?.sizeAt, isCounted: rows >= many };
};

describe('the size of a cohort', () => {
  it('of many members is counted once, and again some time after a change', async () => {
    const key = await create('many');
    await fill('many', many);
    const start = second(600);
    const counted = { size: many, sizeAt: start };
    expect(await sizeAt(key, start)).toEqual({ ...counted, isCounted: true });
    const later = second(1_200);
    expect(await sizeAt(key, later)).toEqual({ ...counted, sizeAt: later, isCounted: false });

    const member = { tenantId, cohort: 'many', customerId: 'one-more' };
    await cohortStore(sql).add(member, { at: second(601), subject: 'ann' });
    const soon = new Date(start.getTime() + 1_004);
    expect(await sizeAt(key, soon)).toEqual({ ...counted, isCounted: false });
    expect(await sizeAt(key, later)).toEqual({ size: many + 1, sizeAt: later, isCounted: true });
    const tomorrow = second(1_200 + day);
    expect(await sizeAt(key, tomorrow)).toMatchObject({ sizeAt: tomorrow, isCounted: true });
  });

  it('is that of the last change of many, unless single members changed after it', async () => {
    const key = await create('uploaded');
    await fill('uploaded', many);
    const applied = { size: 5_000_000, at: second(1_000) };
    await sql`
      insert into cohort_changes (change_id, tenant_id, cohort_id, kind, mode, as_of, created_by, status, size, applied_at, effective_at)
      values (gen_random_uuid(), ${tenantId}, ${key.cohortId}, 'UPLOAD', 'REPLACE', now(), 'ann', 'APPLIED',
        ${applied.size}, ${second(500)}, ${applied.at})`;
    expect(await sizeAt(key, second(2_000))).toEqual({
      ...{ size: applied.size, sizeAt: second(2_000), isCounted: false },
    });
    expect(await sizeAt(key, second(999))).toMatchObject({ size: many, isCounted: true });
    const member = { tenantId, cohort: 'uploaded', customerId: 'one-more' };
    await cohortStore(sql).add(member, { at: second(800), subject: 'ann' });
    expect(await sizeAt(key, second(1_100))).toEqual({
      ...{ size: applied.size, sizeAt: applied.at, isCounted: false },
    });
    expect(await sizeAt(key, second(2_000))).toMatchObject({ size: many + 1, isCounted: true });
  });

  it('of real-time members is counted again after some time', async () => {
    const key = await create('spenders', 'REAL_TIME');
    await sql`
      insert into real_time_members (tenant_id, customer_id, cohort, periods, signals)
      select ${tenantId}, 'u-' || n, 'spenders', '{[2026-01-01Z,)}', '[]' from generate_series(1, ${many}::int) n`;
    const counted = { size: many, sizeAt: second(10) };
    expect(await sizeAt(key, second(10))).toEqual({ ...counted, isCounted: true });
    expect(await sizeAt(key, second(11))).toEqual({ ...counted, isCounted: false });
    expect(await sizeAt(key, second(12))).toMatchObject({ sizeAt: second(12), isCounted: true });
  });

  it('of few members is counted for everyone', async () => {
    const key = await create('few');
    await fill('few', 3);
    const at = second(5);
    expect(await lists.find(key, at)).toMatchObject({ size: 3, sizeAt: at });
    await sql`delete from cohort_members where cohort = 'few' and customer_id = 'c-2'`;
    expect(await lists.find(key, at)).toMatchObject({ size: 2 });
  });
});
