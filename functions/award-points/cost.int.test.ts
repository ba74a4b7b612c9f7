import { pino } from 'pino';
import { afterAll, expect, it, vi } from 'vitest';
import { OrderPlaced } from '#shared/eventing/contracts/orders.ts';
import { parseData } from '#shared/runtime/events/event-handler.ts';
import { earningStore } from '#shared/stores/postgres/earning/earning-store.ts';
import { orderProgressStore } from '#shared/stores/postgres/earning/order-progress-store.ts';
import { refundStore } from '#shared/stores/postgres/earning/refund-store.ts';
import { ledgerStore } from '#shared/stores/postgres/ledger/ledger-store.ts';
import { unwrittenBalances } from '#shared/stores/postgres/ledger/unwritten-balances.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { balanceCache, guardedBalanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { redisCircuit } from '#shared/stores/redis/driver/redis-availability.ts';
import { countRoundTrips } from '#shared/testing/round-trips.ts';
import { testDatabase, testRedis } from '#shared/testing/servers/servers.ts';
import { payOrders } from './handler.ts';

const { sql, roundTrips } = countRoundTrips((await testDatabase()).url);
const redis = connectRedis((await testRedis()).url);
afterAll(() => redis.quit());

const dependencies = {
  tenants: tenantStore(sql),
  ledger: ledgerStore(sql),
  earnings: earningStore(sql),
  refunds: refundStore(sql),
  progress: orderProgressStore(sql),
  balances: guardedBalanceCache({
    cache: balanceCache(redis),
    circuit: redisCircuit(),
    unwritten: unwrittenBalances(sql),
  }),
  clock: () => new Date('2026-12-31T00:00:00Z'),
  log: pino({ level: 'silent' }),
};

const deliver = (from: number, to: number) => {
  const deliveries = Array.from({ length: to - from }, (_, index) => {
    const orderId = `o-${from + index}`;
    const data = { orderId, customerId: `c-${index % 9}`, amount: '500.00', currency: 'INR' };
    return parseData(OrderPlaced, {
      ...{ id: orderId, source: '/test', type: OrderPlaced.type, extensions: {}, data },
    }) as Parameters<typeof payOrders>[1][number];
  });
  return payOrders(dependencies, deliveries);
};

it('pays a batch of orders that are rated alone by two statements and one script call, however many they are', async () => {
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
