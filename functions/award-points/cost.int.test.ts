import { expect, it, vi } from 'vitest';
import { OrderPlaced } from '#shared/eventing/contracts/orders.ts';
import { unwrittenBalances } from '#shared/stores/postgres/ledger/unwritten-balances.ts';
import { balanceCache, guardedBalanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { deliveryOf } from '#shared/testing/deliver.ts';
import { countRoundTrips } from '#shared/testing/round-trips.ts';
import { testDatabase, testRedisClient } from '#shared/testing/servers/servers.ts';
import { awardParts } from '#shared/testing/worlds/award-world.ts';
import { payOrders } from './handler.ts';

const { sql, roundTrips } = countRoundTrips((await testDatabase()).url);
const redis = await testRedisClient();

const balances = guardedBalanceCache(balanceCache(redis), unwrittenBalances(sql));
const dependencies = awardParts(sql, balances);

const deliver = (from: number, to: number) => {
  const deliveries = Array.from({ length: to - from }, (_, index) => {
    const orderId = `o-${from + index}`;
    const data = { orderId, customerId: `c-${index % 9}`, amount: '500.00', currency: 'INR' };
    return deliveryOf(OrderPlaced, data) as Parameters<typeof payOrders>[1][number];
  });
  return payOrders(dependencies, deliveries);
};

it('processes a batch of orders that are rated independently with two statements and one script call, however many they are', async () => {
  await deliver(0, 2);
  const commands = vi.spyOn(redis, 'sendCommand');
  const before = roundTrips();
  const outcomes = await deliver(2, 102);
  expect(
    outcomes.every((outcome) => 'domainEvents' in outcome && outcome.domainEvents.length === 1),
  ).toBe(true);
  expect(roundTrips() - before).toBe(2);
  expect(commands).toHaveBeenCalledTimes(1);
});
