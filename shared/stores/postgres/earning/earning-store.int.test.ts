import { expect, it } from 'vitest';
import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import { countRoundTrips } from '#shared/testing/round-trips.ts';
import { rowsRead } from '#shared/testing/rows-read.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { earningProgram, earningRule } from '#shared/testing/worlds/earning.ts';
import { earningStore } from './earning-store.ts';
import { refundStore } from './refund-store.ts';

const { sql, roundTrips } = countRoundTrips((await testDatabase()).url);
const store = earningStore(sql);

const rule = earningRule({ rounding: 'carry' });
const programs = [
  {
    earning: { program: earningProgram([rule]), timeZone: 'Asia/Kolkata' },
    rule,
    lot: { account: 'available', lotId: everlastingLotId },
  },
] as const;

const paymentOf = (number: number) => ({
  programs,
  order: {
    tenantId: 'default',
    orderId: `o-${number}`,
    customerId: `c-${number % 7}`,
    amountMinor: 100_000,
    currency: 'INR',
    placedAt: new Date(Date.UTC(2026, 6, 1, 0, 0, number)),
    cause: '/test 1',
    correlation: {},
  },
});

const pay = (from: number, to: number) =>
  store.pay(
    Array.from({ length: to - from }, (_, index) => paymentOf(from + index)),
    { now: new Date('2026-07-02T00:00:00Z') },
    () => [],
  );

it('waits for Postgres four times, however many orders it pays: to begin, to lock and read, to write, to commit', async () => {
  await pay(0, 2);
  const before = roundTrips();
  const { entries, balances } = await pay(2, 60);
  expect(roundTrips() - before).toBe(4);
  expect([entries.length, balances.length]).toEqual([58, 7]);
});

it('reads behind its locks what their last holder wrote', async () => {
  const both = await Promise.all([pay(100, 110), pay(100, 110)]);
  expect(both.map(({ entries }) => entries.length).toSorted()).toEqual([0, 10]);
  expect(both.flatMap(({ recorded }) => recorded)).toHaveLength(10);
});

const refunds = refundStore(sql);
const [{ earning }] = programs;
const now = new Date('2026-07-03T00:00:00Z');
const deciding = { programs: [earning.program], timeZone: earning.timeZone, now };

/** Pays ten orders and refunds them. */
const payAndRefund = async (from: number) => {
  await pay(from, from + 10);
  const orders = Array.from({ length: 10 }, (_, index) => paymentOf(from + index).order);
  for (const { tenantId, orderId } of orders)
    await refunds.record({
      ...{ tenantId, orderId, refundId: `r-${orderId}`, cause: '/test 2' },
      refundedAt: new Date('2026-07-02T00:00:00Z'),
    });
  const unapplied = await refunds.unapplied(orders);
  expect(unapplied).toHaveLength(orders.length);
  for (const refund of unapplied)
    expect(await refunds.apply(refund, deciding, () => [])).toMatchObject({ kind: 'applied' });
  expect(await refunds.unapplied(orders)).toEqual([]);
};

it('finds orders and refunds by their keys, also by plans from when there were few of them', async () => {
  await sql`alter table ledger_keys set (autovacuum_enabled = off)`;
  // From the sixth time on Postgres keeps a statement's plan.
  for (let time = 0; time < 8; time += 1) await payAndRefund(1_000 + 10 * time);
  await sql`
    insert into ledger_keys (key, entry_no, recorded_at, customer_id)
    select gen_random_uuid(), -n, now(), 'other' from generate_series(1, 20000) n`;
  expect(await rowsRead(sql, ['ledger_keys'], () => payAndRefund(2_000))).toBeLessThan(500);
});
