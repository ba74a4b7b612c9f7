import { describe, expect, it } from 'vitest';
import { everlastingLotId } from '#shared/domain/points/lots.ts';
import { awardWorld, type ProgramSetup, refunded } from '#shared/testing/award-world.ts';
import { awardPoints } from './handler.ts';

// One connection, which publishes its own statistics: they say how many rows were read.
const { createTenant, expectSound, pod, sql } = await awardWorld(awardPoints, {
  connectionsMax: 1,
});

/** How many rows of a table statements have read so far. */
const rowsRead = async (table: string): Promise<number> => {
  await sql`select pg_stat_force_next_flush()`;
  const [read] = await sql<[{ rows: number }]>`
    select (seq_tup_read + coalesce(idx_tup_fetch, 0))::int as rows from pg_stat_user_tables where relname = ${table}`;
  return read.rows;
};

const rowsReadBy = async (work: () => Promise<unknown>): Promise<number> => {
  const before = await rowsRead('points_ledger');
  await work();
  return (await rowsRead('points_ledger')) - before;
};

/** A tenant whose customer `c-1` has so many orders of ₹1000, a minute apart, each paid 10 points. */
const tenantWithOrders = async (orders: number, setup: ProgramSetup = {}): Promise<string> => {
  const tenantId = await createTenant({ points: setup });
  await sql`
    insert into points_ledger (tenant_id, program, kind, cause_id, order_id, customer_id, points, counter_account,
      lot_id, amount_minor, currency, rule_version, cause, occurred_at)
    select ${tenantId}, 'points', 'EARN', 'o-' || number, 'o-' || number, 'c-1', 10, 'issued', ${everlastingLotId}, 100000, 'INR', 1,
      '/test e', '2026-11-01T00:00:00Z'::timestamptz + number * interval '1 minute'
    from generate_series(1, ${orders}::int) as number`;
  await sql`
    insert into points_balances (tenant_id, customer_id, program, points, lifetime, version, reached_at)
    select tenant_id, customer_id, program, sum(points), sum(points), count(*), max(occurred_at)
    from points_ledger where tenant_id = ${tenantId} group by 1, 2, 3`;
  await sql`analyze points_ledger`;
  return tenantId;
};

describe('a customer with 20,000 orders', () => {
  it('where orders are judged alone, has one of them refunded without reading the others', async () => {
    const tenantId = await tenantWithOrders(20_000);
    const { deliver } = pod();
    const refund = (refundId: string, amountMinor: number) =>
      deliver([refunded({ tenantId, refundId, orderId: 'o-777', amountMinor })]);
    await refund('r-0', 1);
    expect(await rowsReadBy(() => refund('r-1', 50_000))).toBeLessThan(20);
    const [worth] = await sql`
      select sum(points)::int as points from points_ledger where tenant_id = ${tenantId} and order_id = 'o-777'`;
    expect(worth).toEqual({ points: 4 });
    await expectSound();
  });
});
