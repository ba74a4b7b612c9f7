import { afterAll, expect, it } from 'vitest';
import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { rowsRead } from './rows-read.ts';
import { testDatabase } from './servers/servers.ts';

const { url } = await testDatabase();
const sql = connectPostgres({ url, max: 1 });
const autovacuum = connectPostgres({ url, max: 1 });
afterAll(() => Promise.all([sql.end(), autovacuum.end()]));

it('counts the rows that work reads, and none that a vacuum reads meanwhile', async () => {
  await sql`insert into tenants (tenant_id, name, currency, time_zone) values ('t-1', 'T', 'INR', 'UTC')`;
  await sql`
    insert into points_ledger (tenant_id, program, kind, cause_id, customer_id, points, counter_account, lot_id, cause, occurred_at)
    select 't-1', 'points', 'EARN', number, 'c-1', 1, 'issued', ${everlastingLotId}, 'test', now()
    from generate_series(1, 3000) as number`;
  const read = await rowsRead(sql, ['points_ledger'], async () => {
    await autovacuum`vacuum points_ledger`;
    await autovacuum`select pg_stat_force_next_flush()`;
    await sql`select sum(points) from points_ledger`;
  });
  expect(read).toBe(3_000);
});
