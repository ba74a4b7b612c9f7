import { describe, expect, it } from 'vitest';
import { addLedgerKeys } from '#scripts/bench/core/add-ledger-keys.ts';
import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import { rowsRead } from '#shared/testing/rows-read.ts';
import {
  awardWorld,
  type Pod,
  type ProgramSetup,
  placed,
  refunded,
} from '#shared/testing/worlds/award-world.ts';
import { awardPoints } from './handler.ts';

// One connection, as rowsRead requires.
const { createTenant, expectSound, pod, sql } = await awardWorld(awardPoints, {
  connectionsMax: 1,
  ordersPerCheckpoint: 64,
});

const rowsReadBy = (work: () => Promise<unknown>) => rowsRead(sql, ['points_ledger'], work);

/** When the first of the orders was placed, and how far apart they were. */
type Pace = Readonly<{ from: string; apart: string }>;

/** A tenant whose customer `c-1` has so many orders of ₹1000, each of which earned 10 points. */
const tenantWithOrders = async (
  orders: number,
  setup: ProgramSetup = {},
  { from, apart }: Pace = { from: '2026-11-01T00:00:00Z', apart: '1 minute' },
): Promise<string> => {
  const tenantId = await createTenant({ points: setup });
  await sql`
    insert into points_ledger (tenant_id, program, kind, cause_id, order_id, customer_id, points, counter_account,
      lot_id, amount_minor, currency, rule_version, cause, occurred_at)
    select ${tenantId}, 'points', 'EARN', 'o-' || number, 'o-' || number, 'c-1', 10, 'issued', ${everlastingLotId}, 100000, 'INR', 1,
      '/test e', ${from}::timestamptz + number * ${apart}::interval
    from generate_series(1, ${orders}::int) as number`;
  await sql`
    insert into points_balances (tenant_id, customer_id, program, points, lifetime, version, reached_at)
    select tenant_id, customer_id, program, sum(points), sum(points), count(*), max(occurred_at)
    from points_ledger where tenant_id = ${tenantId} group by 1, 2, 3`;
  await addLedgerKeys(sql);
  return tenantId;
};

const tiers = [{ name: 'regular', threshold: 100, multiplierBp: 10_000 }];

const payAt = (tenantId: string, { deliver }: Pod, [orderId, atMs]: readonly [string, number]) =>
  deliver([
    placed({
      tenantId,
      orderId,
      customerId: 'c-1',
      amountMinor: 155_000,
      placedAt: new Date(atMs).toISOString(),
    }),
  ]);

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
    const tenantId = await tenantWithOrders(20_000, {
      terms: { rounding: 'carry' },
      ladder: { tiers },
    });
    // The planner goes by the ledger as it was analyzed: with one tenant and one customer.
    const own = pod();
    const pay = (orderId: string, minute: number) =>
      payAt(tenantId, own, [orderId, Date.UTC(2026, 10, 1) + minute * 60_000]);
    expect(await rowsReadBy(() => pay('next', 20_001))).toBeGreaterThanOrEqual(20_000);
    expect(await rowsReadBy(() => pay('late-1', 19_999.5))).toBeLessThan(300);
    expect(await rowsReadBy(() => pay('late-100', 19_900.5))).toBeLessThan(600);
    expect(await rowsReadBy(() => pay('late-1000', 19_000.5))).toBeLessThan(3_000);
    const refund = refunded({ tenantId, refundId: 'r-1', orderId: 'o-19990', amountMinor: 5_000 });
    expect(await rowsReadBy(() => own.deliver([refund]))).toBeLessThan(400);
    const [checkpoints] = await sql`
      select count(*)::int as kept, max(no)::int as newest from earning_checkpoints where tenant_id = ${tenantId}`;
    expect(checkpoints?.['newest']).toBeGreaterThan(300);
    expect(checkpoints?.['kept']).toBeLessThan(24);
    await expectSound();
  });
});

describe('a customer who orders every day', () => {
  /** How often the database stored a TOAST value of a wallet. */
  const stored = async (work: () => Promise<unknown>): Promise<number> => {
    const count = async () => {
      await sql`select pg_stat_force_next_flush()`;
      await sql`select pg_stat_clear_snapshot()`;
      const [row] = await sql<[{ chunks: number }]>`
        select n_tup_ins as chunks from pg_stat_all_tables
        where relid = (select reltoastrelid from pg_class where relname = 'earning_accounts')`;
      return row.chunks;
    };
    const before = await count();
    await work();
    return (await count()) - before;
  };

  it('has its days written with the first order of a date, and with no other', async () => {
    const setup = { terms: { rounding: 'carry' }, ladder: { tiers } } as const;
    const tenantId = await tenantWithOrders(365, setup, {
      from: '2025-11-01T00:00:00Z',
      apart: '1 day',
    });
    const own = pod();
    const pay = (orderId: string, day: number) =>
      payAt(tenantId, own, [orderId, Date.UTC(2025, 10, 1) + day * 86_400_000]);
    expect(await stored(() => pay('first', 366))).toBeGreaterThan(0);
    expect(await stored(() => pay('second', 366.1))).toBe(0);
    expect(await stored(() => pay('third', 366.2))).toBe(0);
    expect(await stored(() => pay('next-date', 367))).toBeGreaterThan(0);
    await expectSound();
  });
});

describe('a customer with a lot for each of 300 days', () => {
  it('has a late order paid by reading the lots of the orders that it changes, and no others', async () => {
    const expiry = { kind: 'rolling', days: 365 } as const;
    const tenantId = await createTenant({
      points: { terms: { rounding: 'carry', expiry }, ladder: { tiers } },
    });
    const own = pod();
    const lastAt = new Date('2026-12-20T10:00:00Z').getTime();
    const orders = Array.from({ length: 300 }, (_, ago) =>
      placed({
        ...{ tenantId, orderId: `o-${ago}`, customerId: 'c-1', amountMinor: 155_000 },
        placedAt: new Date(lastAt - ago * 86_400_000).toISOString(),
      }),
    );
    await own.deliver(orders);
    // As in a table with the lots of other customers, too.
    await sql`set enable_seqscan = off`;
    const lotsReadBy = (work: () => Promise<unknown>) =>
      rowsRead(sql, ['points_lots', 'lapsed_lots'], work);
    const payBefore = (orderId: string, ms: number) =>
      lotsReadBy(() => payAt(tenantId, own, [orderId, lastAt - ms]));
    expect(await payBefore('late', 500)).toBeLessThan(10);
    const [revised] = await sql`
      select count(*)::int as entries from points_ledger where tenant_id = ${tenantId} and kind = 'REVISE'`;
    expect(revised).toEqual({ entries: 1 });
    const refund = refunded({ tenantId, refundId: 'r-1', orderId: 'o-0', amountMinor: 5_000 });
    expect(await lotsReadBy(() => own.deliver([refund]))).toBeLessThan(10);
    await expectSound();
  });
});
