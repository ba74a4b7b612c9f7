/**
 * Customers are merged while award-points processes orders and refunds of both: what orders earn
 * ends up in one account, no points are lost or created, and unmerging the customers transfers them
 * back.
 */

import { expect, it } from 'vitest';
import { carryEvents } from '#functions/carry-points/handler.ts';
import { routes } from '#functions/identity-api/routes.ts';
import { stores } from '#functions/identity-api/stores.ts';
import type { Contract } from '#shared/eventing/contract.ts';
import { OrderPlaced, OrderRefunded } from '#shared/eventing/contracts/orders.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import { auditLedger } from '#shared/stores/postgres/audit/ledger-audit.ts';
import { accountCarrier } from '#shared/stores/postgres/customers/points/account-carrier.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { unwrittenBalances } from '#shared/stores/postgres/ledger/unwritten-balances.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { balanceCache, guardedBalanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { deliveryOf, eventsOf } from '#shared/testing/deliver.ts';
import { tierLadder } from '#shared/testing/worlds/earning.ts';
import { identityWorld } from '#shared/testing/worlds/identity-world.ts';
import { eventFunctions } from './event-functions.ts';

const tenantId = 'acme';
/** Hours after these tests began, since customers are merged by the clock of the database. */
const start = Date.now();
const inHours = (hours: number) => new Date(start + hours * 3_600_000);
const now = inHours(48);

const { sql, redis, post, person, base } = await identityWorld((clients) =>
  routes(stores(clients)),
);
await sql`
  insert into earning_rules
  select (jsonb_populate_record(rule, jsonb_build_object('tenant_id', 'acme', 'program', own.program,
    'terms', terms || jsonb_build_object('refundPolicy', policy)))).*
  from earning_rules rule cross join (values ('points', 'within-balance'), ('cashback', 'unlimited')) as own (program, policy)
  where tenant_id = 'default'`;
await sql`insert into programs (tenant_id, program, name) values ('acme', 'miles', 'Miles')`;
await sql`
  insert into earning_rules
  select (jsonb_populate_record(rule, '{"tenant_id": "acme", "program": "miles"}')).*
  from earning_rules rule where tenant_id = 'default'`;
const { version, validFrom, ...ladder } = tierLadder({
  tiers: [{ name: 'Silver', threshold: 20, multiplierBp: 15_000 }],
});
await sql`
  insert into tier_ladders (tenant_id, program, version, terms, valid_from, created_by)
  values ('acme', 'miles', ${version}, ${sql.json(ladder)}, ${validFrom}, 'test')`;
const handlers = [
  ...Object.values(eventFunctions({ sql, redis, clock: () => now })).flat(),
  ...carryEvents({
    carrier: accountCarrier(sql),
    tenants: tenantStore(sql),
    balances: guardedBalanceCache(balanceCache(redis), unwrittenBalances(sql)),
    ...{ outbox: outbox(sql), clock: () => now, batchItemsMax: 20 },
  }),
];

/**
 * Delivers an event twice to every function that consumes it, and the events that they publish to
 * the next ones.
 */
const send = async (contract: Contract, id: string, data: object): Promise<void> => {
  const takers = handlers.filter((each) => each.contract.type === contract.type);
  for (const handler of [...takers, ...takers]) {
    const delivery = deliveryOf(handler.contract, data, { id, time: now.toISOString() });
    const published = (await handler.handle([delivery])).flatMap(eventsOf);
    for (const next of published) await forward(next);
  }
};
const forward = async ({ type, id, data }: DomainEvent): Promise<void> => {
  const taker = handlers.find((each) => each.contract.type === type);
  if (taker !== undefined) await send(taker.contract, id, data as object);
};
const order = (customerId: string, orderId: string, amount = '1000.00', placedAt = inHours(24)) =>
  send(OrderPlaced, orderId, {
    ...{ tenantId, customerId, orderId, amount, currency: 'INR' },
    placedAt: placedAt.toISOString(),
  });
const refund = (customerId: string, orderId: string, amount: string) =>
  send(OrderRefunded, `${orderId}-r`, {
    ...{ tenantId, customerId, orderId, amount, currency: 'INR', refundId: `${orderId}-r` },
    refundedAt: inHours(36).toISOString(),
  });
const points = async (customerId: string, program = 'points') => {
  const [row] = await sql<{ points: number }[]>`
    select points from points_balances
    where tenant_id = ${tenantId} and customer_id = ${customerId} and program = ${program}`;
  return row?.points ?? 0;
};
const change = (verb: 'merge' | 'unmerge', one: number, other: number) =>
  post(`${base}/unified-customers/${one}:${verb}`, { customerId: other, reason: 'test' });

it('points of orders that are processed during a merge end up in one account, each once', async () => {
  const one = await person({ dotnet: 'during-1' });
  const other = await person({ dotnet: 'during-2' });
  await Promise.all([
    ...Array.from({ length: 6 }, (_, index) =>
      order(index % 2 === 0 ? 'during-1' : 'during-2', `during-${index}`),
    ),
    change('merge', one.customerId, other.customerId),
  ]);
  await order('during-2', 'during-late');
  expect([await points('during-1'), await points('during-2')]).toEqual([70, 0]);
  await change('unmerge', one.customerId, other.customerId);
  expect([await points('during-1'), await points('during-2')]).toEqual([30, 40]);
});

it('a refund reverses points in the account to which they were transferred, once', async () => {
  const one = await person({ dotnet: 'refund-1' });
  const other = await person({ dotnet: 'refund-2' });
  await order('refund-1', 'refund-a');
  await order('refund-2', 'refund-b', '3000.00');
  await change('merge', one.customerId, other.customerId);
  expect(await points('refund-1')).toBe(40);
  await refund('refund-2', 'refund-b', '2000.00');
  expect([await points('refund-1'), await points('refund-2')]).toEqual([20, 0]);
  await change('unmerge', one.customerId, other.customerId);
  expect([await points('refund-1'), await points('refund-2')]).toEqual([10, 10]);
});

it('the debt that a refund leaves is paid by the points that were transferred', async () => {
  const one = await person({ dotnet: 'owed-1' });
  const other = await person({ dotnet: 'owed-2' });
  await order('owed-1', 'owed-a');
  await order('owed-2', 'owed-b', '3000.00');
  await change('merge', one.customerId, other.customerId);
  await refund('owed-2', 'owed-b', '2000.00');
  const both = () => Promise.all([points('owed-1', 'cashback'), points('owed-2', 'cashback')]);
  expect(await both()).toEqual([20, 0]);
  await change('unmerge', one.customerId, other.customerId);
  expect(await both()).toEqual([10, 10]);
});

it('a refund after unmerging has the same effect as if the customers had never been merged', async () => {
  const one = await person({ dotnet: 'after-1' });
  const other = await person({ dotnet: 'after-2' });
  await order('after-2', 'after-b', '3000.00');
  await change('merge', one.customerId, other.customerId);
  await change('unmerge', one.customerId, other.customerId);
  await refund('after-2', 'after-b', '2000.00');
  expect([await points('after-1'), await points('after-2')]).toEqual([0, 10]);
});

it('orders of a merged customer are rated by the tier that all accounts together reach, until it is unmerged', async () => {
  const one = await person({ dotnet: 'tier-1' });
  const other = await person({ dotnet: 'tier-2' });
  await Promise.all([
    order('tier-1', 'tier-1-a'),
    order('tier-2', 'tier-2-a'),
    change('merge', one.customerId, other.customerId),
  ]);
  await order('tier-2', 'tier-2-b', '1000.00', inHours(47));
  const miles = async () => [await points('tier-1', 'miles'), await points('tier-2', 'miles')];
  // 10 and 10 together reach Silver, with which the third order earns 15.
  expect(await miles()).toEqual([35, 0]);
  await change('unmerge', one.customerId, other.customerId);
  // 25 of its own are Silver; 10 are not.
  await order('tier-2', 'tier-2-c', '1000.00', now);
  await order('tier-1', 'tier-1-c', '1000.00', now);
  expect(await miles()).toEqual([20, 40]);
});

it('the ledger passes its audit', async () => {
  const { orders, refunds, balances, lots, transfers } = await auditLedger(sql);
  for (const result of [orders, refunds, balances, lots, transfers])
    expect(result).toMatchObject({ wrong: 0 });
});
