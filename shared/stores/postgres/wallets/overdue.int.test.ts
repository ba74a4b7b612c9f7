import { expect, it } from 'vitest';
import { rowsRead } from '#shared/testing/rows-read.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { inTransaction } from '../driver/transaction.ts';
import { endOverdue } from './redemption-rows.ts';

// One connection, so that it alone decides when its statistics are published.
const sql = await testSql({ max: 1 });

it('ending the overdue reservations of a wallet reads no others', async () => {
  await sql`
    insert into redemptions (tenant_id, redemption_id, customer_id, program, points, status, lots, created_by, times_out_at)
    select 'default', 'r-' || n, 'c-' || n % 500, 'points', 5, 'RESERVED', '[]', 'shop', '2030-01-01Z'
    from generate_series(1, 2000) n`;
  await sql`analyze redemptions`;
  // Since the statistics were taken, everything has become overdue.
  await sql`alter table redemptions set (autovacuum_enabled = false)`;
  await sql`update redemptions set times_out_at = '2026-01-01Z'`;
  const wallet = { tenantId: 'default', customerId: 'c-7', program: 'points' };
  let ended: readonly unknown[] = [];
  const read = await rowsRead(sql, ['redemptions'], async () => {
    ended = await inTransaction(sql, (tx) => endOverdue(tx, [wallet], new Date('2026-02-01Z')));
  });
  expect(ended).toHaveLength(4);
  expect(read).toBeLessThanOrEqual(4 * ended.length);
});
