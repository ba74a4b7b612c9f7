import { expect, it } from 'vitest';
import { rowsRead } from '#shared/testing/rows-read.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { rowsOf } from '../driver/connect.ts';
import { isErased } from './erased-persons.ts';

// One connection, as rowsRead wants it; it plans each statement once, as those of hot functions do.
const sql = await testSql({ max: 1, plansOnce: true });

const erasedAmong = async (users: readonly string[]) => {
  const given = users.map((userId) => ({ userId }));
  const person = sql`given.user_id`;
  const rows = await sql<{ userId: string }[]>`
    with asked as materialized (
      select *, ${isErased(sql, { tenant: sql`'default'`, person })} as is_erased
      from ${rowsOf(sql, { given }, { userId: 'text' })})
    select user_id from asked where is_erased`;
  return rows.map(({ userId }) => userId);
};

it('finds who is erased without reading the others, also by a plan that was made before them', async () => {
  expect(await erasedAmong(['c-7'])).toEqual([]);
  await sql`
    insert into erased_persons (tenant_id, person)
    select 'default', person_digest('default', 'c-' || number) from generate_series(1, 20000) as number`;
  let found: readonly string[] = [];
  const read = await rowsRead(sql, ['erased_persons'], async () => {
    found = await erasedAmong(['c-7', 'c-0', 'c-8', 'someone']);
  });
  expect(found).toEqual(['c-7', 'c-8']);
  expect(read).toBeLessThan(10);
});
