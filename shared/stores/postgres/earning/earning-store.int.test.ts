import { expect, it } from 'vitest';
import { startAt } from '#shared/domain/earning/earning-run.ts';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import { countRoundTrips } from '#shared/testing/round-trips.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import type { AccountKey } from '../ledger/hold-accounts.ts';
import { earningStore } from './earning-store.ts';

const { sql, roundTrips } = countRoundTrips((await testDatabase()).url);
const store = earningStore(sql);

const placedAt = new Date('2026-01-01T00:00:00Z');

type Order = ReturnType<typeof orderOf>;

const orderOf = (number: number) => ({
  tenantId: 'default',
  orderId: `o-${number}`,
  customerId: `c-${number % 7}`,
  amountMinor: 100_000,
  currency: 'INR',
  placedAt,
});

const earn = (key: AccountKey, { orderId, amountMinor, currency }: Order): LedgerEntry => ({
  ...key,
  kind: 'EARN',
  causeId: orderId,
  orderId,
  points: 10,
  counterAccount: 'issued',
  account: 'available',
  lotId: everlastingLotId,
  amountMinor,
  currency,
  ruleVersion: 1,
  cause: '/test 1',
  occurredAt: placedAt,
});

const unchanged = { keptTo: undefined, checkpoints: [] };

const pay = (from: number, to: number) =>
  store.pay(
    Array.from({ length: to - from }, (_, index) => ({
      order: orderOf(from + index),
      programs: ['points'],
    })),
    {
      needsHistory: () => false,
      decide: ({ key }, orders) => ({
        settle: () => ({
          entries: orders.map((order) => earn(key, order)),
          earning: { ...startAt(undefined), ...unchanged, tier: 'silver', fallsAt: undefined },
          facts: [],
        }),
      }),
    },
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
