import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { rowsRead } from '#shared/testing/rows-read.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { connectPostgres } from '../driver/connect.ts';
import { cohortLists } from './cohort-lists.ts';
import { cohortUploads } from './cohort-uploads.ts';
import { recomputations } from './recomputations.ts';

const sql = connectPostgres({ url: (await testDatabase()).url, max: 1 });
afterAll(() => sql.end());

const tenantId = 'default';
const now = new Date();
const customers = Array.from({ length: 4_000 }, (_, index) => `c-${index}`);

const create = async () => {
  const creation = await cohortLists(sql).create(
    {
      ...{ tenantId, cohort: 'many', name: 'Many', members: [] },
      ...{ description: undefined, definition: undefined },
      ...{ createdBy: 'ann', requestKey: 'r' },
    },
    now,
  );
  if (creation.kind !== 'created') throw new Error(creation.kind);
  return { tenantId, cohortId: creation.cohort.cohortId };
};

describe('a change of many members', () => {
  it('reads rows in proportion to its members, in slices, although nothing is analyzed yet', async () => {
    const key = { ...(await create()), changeId: randomUUID() };
    const uploads = cohortUploads(sql);
    await uploads.start(key, { mode: 'REPLACE', subject: 'ann', at: now, openMax: 1 });
    const rows = { from: 0, rows: customers.length, customers, refused: [] };
    await uploads.stage(key, rows);
    await uploads.complete(key, 'ann');
    const changes = recomputations(sql, { rowsPerSlice: 1_000 });
    const domainEventOf = ({ added, size }: { added: number; size: number }) => {
      expect({ added, size }).toEqual({ added: customers.length, size: customers.length });
      return { id: key.changeId, time: now };
    };
    const read = await rowsRead(sql, ['cohort_members', 'cohort_staged_members'], () =>
      changes.apply(key, { clock: () => now, domainEventOf }),
    );
    expect(read).toBeLessThan(10 * customers.length);
  });
});
