import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { recordedStatements } from '#shared/testing/recorded-statements.ts';
import { rowsRead } from '#shared/testing/rows-read.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { cohortLists } from './cohort-lists.ts';
import { cohortUploads } from './cohort-uploads.ts';
import { recomputations } from './recomputations.ts';

const sql = await testSql({ max: 1 });

const tenantId = 'default';
const now = new Date();
const customers = Array.from({ length: 4_000 }, (_, index) => `c-${index}`);

const create = async (cohort: string) => {
  const creation = await cohortLists(sql).create(
    {
      ...{ tenantId, cohort, name: 'Many', members: [] },
      ...{ description: undefined, definition: undefined },
      ...{ createdBy: 'ann', requestKey: 'r' },
    },
    now,
  );
  if (creation.kind !== 'created') throw new Error(creation.kind);
  return { tenantId, cohortId: creation.cohort.cohortId };
};

/** Applies an upload of all customers, and returns how many rows that read. */
const rowsOfUpload = async (
  cohort: string,
  { rowsPerSlice, size }: Readonly<{ rowsPerSlice: number; size: number }>,
) => {
  const key = { ...(await create(cohort)), changeId: randomUUID() };
  const uploads = cohortUploads(sql);
  await uploads.start(key, { mode: 'REPLACE', subject: 'ann', at: now, openMax: 1 });
  await uploads.stage(key, { from: 0, rows: customers.length, customers, refused: [] });
  await uploads.complete(key, 'ann');
  const domainEventOf = (applied: { added: number; size: number }) => {
    expect(applied).toMatchObject({ added: size, size });
    return { id: key.changeId, time: now };
  };
  return rowsRead(sql, ['cohort_members', 'cohort_staged_members'], () =>
    recomputations(sql, { rowsPerSlice }).apply(key, { clock: () => now, domainEventOf }),
  );
};

describe('a change of many members', () => {
  it('reads rows in proportion to its members, in slices, although nothing is analyzed yet', async () => {
    const size = customers.length;
    expect(await rowsOfUpload('many', { rowsPerSlice: 1_000, size })).toBeLessThan(10 * size);
  });

  it('is removed without a join, whose plan would follow statistics from before it', async () => {
    const statements = recordedStatements(sql);
    while (await recomputations(sql).sweep(now));
    const removals = statements.filter((text) => text.includes('delete from cohort_staged'));
    expect(removals.length).toBeGreaterThan(0);
    for (const text of removals) {
      const literal = text
        .replaceAll(/limit \$\d/g, 'limit 9')
        .replaceAll(/\$\d/g, `'${randomUUID()}'`);
      const plan = await sql.unsafe(`explain ${literal}`);
      expect(JSON.stringify(plan)).not.toMatch(/Join|Nested Loop|Hash/);
    }
    expect(await sql`select from cohort_staged_members`).toHaveLength(0);
  });

  it('reads no more where some of them are erased', async () => {
    const size = customers.length;
    await sql`
      insert into erased_persons
      select ${tenantId}, person_digest(${tenantId}, customer_id) from unnest(${customers}::text[]) customer_id
      where customer_id like '%7'`;
    expect(await rowsOfUpload('fewer', { rowsPerSlice: 250, size })).toBeLessThan(20 * size);
    const left = await sql`select from cohort_members where cohort = 'fewer'`;
    expect(left.count).toBe(0.9 * size);
  });
});
