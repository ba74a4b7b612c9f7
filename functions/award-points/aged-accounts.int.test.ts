import { describe, expect, it } from 'vitest';
import { addLedgerKeys } from '#scripts/bench/core/add-ledger-keys.ts';
import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import { rowsRead } from '#shared/testing/rows-read.ts';
import {
  awardWorld,
  type ProgramSetup,
  placed,
  refunded,
} from '#shared/testing/worlds/award-world.ts';
import { awardPoints } from './handler.ts';

// One connection, as rowsRead wants it.
const { createTenant, expectSound, pod, sql } = await awardWorld(awardPoints, {
  connectionsMax: 1,
  ordersPerCheckpoint: 64,
});

const rowsReadBy = (work: () => Promise<unknown>) => rowsRead(sql, ['points_ledger'], work);

/**
 * A tenant whose customer `c-1` has so many orders of ₹1000, a minute apart, each paid 10 points.
 */
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
  await addLedgerKeys(sql);
  return tenantId;
};

describe('a customer with 20,000 orders', () => {
  it('where orders are rated alone, has one of them refunded without reading the others', async () => {
    const tenantId = await tenantWithOrders(20_000);
    await sql`analyze points_ledger`;
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

  it('where orders depend on each other, reads those since the last checkpoint for a late one', async () => {
    const tiers = [{ name: 'regular', threshold: 100, multiplierBp: 10_000 }];
    const tenantId = await tenantWithOrders(20_000, {
      terms: { rounding: 'carry' },
      ladder: { tiers },
    });
    // The planner goes by the ledger as it was analyzed: with one tenant and one customer.
    const { deliver } = pod();
    const pay = (orderId: string, minute: number, amountMinor = 155_000) =>
      deliver([
        placed({
          tenantId,
          orderId,
          customerId: 'c-1',
          amountMinor,
          placedAt: new Date(Date.parse('2026-11-01T00:00:00Z') + minute * 60_000).toISOString(),
        }),
      ]);
    expect(await rowsReadBy(() => pay('next', 20_001))).toBeGreaterThanOrEqual(20_000);
    expect(await rowsReadBy(() => pay('late-1', 19_999.5))).toBeLessThan(300);
    expect(await rowsReadBy(() => pay('late-100', 19_900.5))).toBeLessThan(600);
    expect(await rowsReadBy(() => pay('late-1000', 19_000.5))).toBeLessThan(3_000);
    const refund = refunded({ tenantId, refundId: 'r-1', orderId: 'o-19990', amountMinor: 5_000 });
    expect(await rowsReadBy(() => deliver([refund]))).toBeLessThan(400);
    const [checkpoints] = await sql`
      select count(*)::int as kept, max(no)::int as newest from earning_checkpoints where tenant_id = ${tenantId}`;
    expect(checkpoints?.['newest']).toBeGreaterThan(300);
    expect(checkpoints?.['kept']).toBeLessThan(24);
    await expectSound();
  });
});
