import { expect, it } from 'vitest';
import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import { countRoundTrips } from '#shared/testing/round-trips.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { earningProgram, earningRule } from '#shared/testing/worlds/earning.ts';
import { earningStore } from './earning-store.ts';

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
