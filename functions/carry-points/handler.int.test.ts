import { register } from 'prom-client';
import { expect, it } from 'vitest';
import type { Contract } from '#shared/eventing/contract.ts';
import { CustomerCreated, CustomerUpdated } from '#shared/eventing/contracts/customers.ts';
import { IncentiveGenerated } from '#shared/eventing/contracts/incentives.ts';
import { PointsAwarded } from '#shared/eventing/contracts/points-events.ts';
import { accountCarrier } from '#shared/stores/postgres/customers/points/account-carrier.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { unwrittenBalances } from '#shared/stores/postgres/ledger/unwritten-balances.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { balanceCache, guardedBalanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { deliver as deliverBatch, eventsOf } from '#shared/testing/deliver.ts';
import { recordedStatements } from '#shared/testing/recorded-statements.ts';
import { tierLadder } from '#shared/testing/worlds/earning.ts';
import { identityWorld } from '#shared/testing/worlds/identity-world.ts';
import { carryEvents } from './handler.ts';

const { sql, redis, person, deliver, earn, balanceOf } = await identityWorld(() => []);
const tenantId = 'acme';
await sql`insert into programs (tenant_id, program, name) values ('acme', 'miles', 'Miles')`;
await sql`
  insert into tier_ladders (tenant_id, program, version, terms, valid_from, created_by)
  values ('acme', 'miles', 1, ${sql.json(tierLadder())}, 'epoch', 'test')`;
const handlers = carryEvents({
  carrier: accountCarrier(sql),
  tenants: tenantStore(sql),
  balances: guardedBalanceCache(balanceCache(redis), unwrittenBalances(sql)),
  outbox: outbox(sql),
  clock: () => new Date(),
  batchItemsMax: 100,
});
const wallet = (customerId: string) => ({ tenantId, customerId, program: 'points' });

/** Delivers events of a contract in one batch; returns the events that it published. */
const handle = async (contract: Contract, ...changes: readonly object[]) => {
  const full = changes.map((data) => ({ ...(contract.example as object), tenantId, ...data }));
  return (await deliverBatch(handlers, contract, full)).flatMap(eventsOf);
};

it('carries points of a new customer with two accounts, and what they earn later', async () => {
  const { customerId } = await person({ dotnet: 'new-1', store: 'new-2' });
  await earn(wallet('new-2'), 9);
  const created = { customerId, records: [] };
  const carried = register.getSingleMetric('guerdon_carried_points_total');
  carried?.reset();
  const events = await handle(CustomerCreated, created, created);
  expect((await carried?.get())?.values).toEqual([{ labels: { kind: 'transferred' }, value: 9 }]);
  expect(events).toMatchObject([{ data: { from: 'new-2', to: 'new-1', points: 9 } }]);
  expect(await balanceCache(redis).read(wallet('new-1'))).toMatchObject({ points: 9 });
  expect(await handle(CustomerCreated, created)).toEqual([]);

  await earn(wallet('new-2'), 4);
  const earned = [
    { customerId: 'new-2' },
    { customerId: 'somebody-else' },
    { customerId: 'new-2' },
  ];
  expect(await handle(PointsAwarded, ...earned)).toHaveLength(1);
  await earn(wallet('new-2'), 2);
  await handle(IncentiveGenerated, { userId: 'new-2' });
  expect(await balanceOf(wallet('new-1'))).toMatchObject({ points: 15 });
  expect(await balanceOf(wallet('new-2'))).toMatchObject({ points: 0 });
});

it('transfers points back when only one source has records of the customer again', async () => {
  const { customerId, recordId } = await person({ dotnet: 'back-1', store: 'back-2' });
  await earn(wallet('back-1'), 5);
  await earn(wallet('back-2'), 6);
  await handle(CustomerCreated, { customerId, records: [] });
  expect(await balanceOf(wallet('back-1'))).toMatchObject({ points: 11 });
  await deliver({
    ...{ source: 'store', recordId, accountId: 'back-2', changedAt: new Date('2026-11-09') },
    given: { name: 'Somebody Different', phone: '+919731264853' },
  });
  await handle(CustomerUpdated, { customerId, records: [] });
  expect(await balanceOf(wallet('back-1'))).toMatchObject({ points: 5 });
  expect(await balanceOf(wallet('back-2'))).toMatchObject({ points: 6 });
});

it('costs one statement per batch where no account is carried, and locks nothing', async () => {
  const { customerId } = await person({ dotnet: 'alone-1' });
  const statements = recordedStatements(sql);
  await handle(PointsAwarded, { customerId: 'alone-1' }, { customerId: 'alone-2' });
  await handle(CustomerCreated, { customerId, records: [] });
  expect(statements).toHaveLength(2);
});

it('reviews an account that has the points of others when its orders change what tiers count', async () => {
  const { customerId } = await person({ dotnet: 'home-1', store: 'home-2' });
  await handle(CustomerCreated, { customerId, records: [] });
  const statements = recordedStatements(sql);
  const locks = () => statements.filter((text) => text.includes('pg_advisory_xact_lock')).length;
  await handle(PointsAwarded, { customerId: 'home-1', program: 'points' });
  expect(statements).toHaveLength(1);
  await handle(PointsAwarded, { customerId: 'home-1', program: 'miles' });
  await handle(PointsAwarded, { customerId: 'somebody-else', program: 'miles' });
  expect(locks()).toBe(1);
});
