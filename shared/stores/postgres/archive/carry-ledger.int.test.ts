import { expect, it } from 'vitest';
import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import { ledgerMonths } from '#shared/testing/ledger-months.ts';
import { rowsRead } from '#shared/testing/rows-read.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { inTransaction } from '../driver/transaction.ts';
import { carryForward } from './carry-ledger.ts';
import type { Partition } from './partition.ts';

const sql = await testSql({ max: 1 });
const months = await ledgerMonths(sql, ['2001-01']);

it('reads each entry of a month at most seven times to archive it', async () => {
  await sql`insert into tenants (tenant_id, name, currency) values ('t', 'T', 'INR')`;
  await sql`
    insert into points_ledger (tenant_id, program, kind, cause_id, order_id, customer_id, points, counter_account,
      lot_id, cause, occurred_at, recorded_at)
    select 't', 'points', 'EARN', number, number, 'c-1', 10, 'issued', ${everlastingLotId}, 'test',
      '2001-01-20Z', '2001-01-20Z'
    from generate_series(1, 1000) number`;
  await months.settle();
  const [month] = await sql<Partition[]>`
    select * from partitions where table_name = 'points_ledger' order by ends_at limit 1`;
  const partition = { ...month, table: 'points_ledger' } as Partition;
  const read = await rowsRead(sql, ['points_ledger'], () =>
    inTransaction(sql, (tx) => carryForward(tx, partition)),
  );
  expect(read / 1_000).toBeLessThanOrEqual(7);
  expect(
    await sql`select sum(entries)::int as entries, sum(points)::int as points from ledger_openings`,
  ).toEqual([{ entries: 1_000, points: 10_000 }]);
});
