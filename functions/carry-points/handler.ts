import type { z } from 'zod';
import { Unavailable } from '#shared/domain/errors.ts';
import { carryingAt, recoveringAt } from '#shared/eventing/carried-points.ts';
import type { Contract } from '#shared/eventing/contract.ts';
import {
  CustomerCreated,
  CustomerMerged,
  CustomerSplit,
  CustomerUpdated,
} from '#shared/eventing/contracts/customers.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import { webhookContracts } from '#shared/eventing/webhooks/webhook-contracts.ts';
import { countCarriedPoints } from '#shared/runtime/count-carried-points.ts';
import {
  type Delivery,
  type EventHandler,
  type Outcome,
  onBatch,
} from '#shared/runtime/events/event-handler.ts';
import type { Clock } from '#shared/runtime/host.ts';
import { combine, nothing } from '#shared/stores/postgres/customers/committed.ts';
import type { AccountCarrier } from '#shared/stores/postgres/customers/points/account-carrier.ts';
import type { TouchedAccounts } from '#shared/stores/postgres/customers/points/carry-points.ts';
import type { WrittenOff } from '#shared/stores/postgres/customers/points/recover-refund.ts';
import type { Outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { earningsOf, type TenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import {
  type GuardedBalanceCache,
  writeWithBoards,
} from '#shared/stores/redis/balances/balance-cache.ts';

type Dependencies = Readonly<{
  carrier: AccountCarrier;
  tenants: TenantStore;
  balances: GuardedBalanceCache;
  outbox: Outbox;
  clock: Clock;
  batchItemsMax: number;
}>;

type OfTenant = Readonly<{ tenantId: string }>;
/** What an event names: accounts whose points changed, or customers whose accounts did. */
type Named = Readonly<
  Partial<Record<'customerId' | 'userId' | 'to' | 'mergedInto' | 'splitFrom', unknown>>
> &
  Partial<Pick<WrittenOff, 'refundId' | 'orderId'> & { program: string; writtenOff: number }>;

/** What to carry, and refunds that wrote off points that may have been carried. */
type Touched = TouchedAccounts & Readonly<{ refunds?: readonly WrittenOff[] }>;

/** Events that change which accounts a customer has. */
const customerContracts: readonly Contract<z.ZodType<OfTenant>>[] = [
  CustomerCreated,
  CustomerUpdated,
  CustomerMerged,
  CustomerSplit,
];

/** Topics with events about points, which name the account. */
const pointsTopics = ['points-events', 'incentive-generated'];

/**
 * Carries points to the account that their customer has them in, whenever customers change or an
 * account that is carried has got points. What is to be carried follows from the state, so events
 * may come twice, late and in any order. Most events cost a lookup by key.
 */
export const carryEvents = (dependencies: Dependencies): readonly EventHandler[] => {
  const { outbox, batchItemsMax: itemsMax } = dependencies;
  const options = { itemsMax, published: outbox.remove, unpublished: outbox.keep };
  const byTenant = (events: readonly Delivery<OfTenant>[], touchedBy: TouchedBy) =>
    carryByTenant(dependencies, events, touchedBy);

  return [
    ...webhookContracts
      .filter(({ topic }) => pointsTopics.includes(topic))
      .map((contract) => onBatch(contract, options, (events) => byTenant(events, ofPoints))),
    ...customerContracts.map((contract) =>
      onBatch(contract, options, (events) => byTenant(events, ofCustomers)),
    ),
  ];
};

type TouchedBy = (
  dependencies: Dependencies,
  tenantId: string,
  named: readonly Named[],
) => Promise<Touched | undefined>;

/** What events about points name. */
const ofPoints: TouchedBy = async ({ carrier, tenants }, tenantId, named) => {
  const ids = new Set(
    named.flatMap(({ customerId, userId, to }) =>
      [customerId, userId, to].filter((id) => typeof id === 'string'),
    ),
  );
  const earned = await earnedWithTiers(tenants, tenantId, named);
  const carried = await carrier.carried(
    Array.from(ids, (accountId) => ({ tenantId, accountId, asHome: earned.has(accountId) })),
  );
  const accounts = carried.map(({ accountId }) => accountId);
  if (accounts.length === 0) return undefined;
  const refunded = named.flatMap(({ customerId, refundId }) =>
    refundId !== undefined && typeof customerId === 'string' ? [customerId] : [],
  );
  const refunds = named.flatMap((event) => writtenOffOf(tenantId, event));
  return {
    accounts,
    refunded,
    refunds: refunds.filter(({ wallet }) => accounts.includes(wallet.customerId)),
  };
};

/** The accounts whose orders changed in a program with tiers: they count for all others, too. */
const earnedWithTiers = async (
  tenants: TenantStore,
  tenantId: string,
  named: readonly Named[],
): Promise<ReadonlySet<unknown>> => {
  const orders = named.filter(({ orderId }) => orderId !== undefined);
  if (orders.length === 0) return new Set();
  const tenant = await tenants.find(tenantId);
  const withTiers = tenant?.programs.filter(({ ladders }) => ladders.length > 0) ?? [];
  const programs = new Set(withTiers.map(({ program }) => program));
  const earned = orders.filter(({ program = '' }) => programs.has(program));
  return new Set(earned.map(({ customerId }) => customerId));
};

/** What events about customers name. */
const ofCustomers: TouchedBy = async ({ carrier }, tenantId, named) => {
  const ids = new Set(
    named.flatMap(({ customerId, mergedInto, splitFrom }) =>
      [customerId, mergedInto, splitFrom].filter((id) => typeof id === 'number'),
    ),
  );
  const customerIds = await carrier.customersToCarry(tenantId, [...ids]);
  return customerIds.length === 0 ? undefined : { customerIds };
};

/** The refund of an event that wrote points off. */
const writtenOffOf = (tenantId: string, event: Named): readonly WrittenOff[] => {
  const { customerId, program, orderId, refundId, writtenOff = 0 } = event;
  if (writtenOff <= 0 || typeof customerId !== 'string') return [];
  if (program === undefined || orderId === undefined || refundId === undefined) return [];
  return [{ wallet: { tenantId, customerId, program }, orderId, refundId }];
};

const done: Outcome = { kind: 'done', domainEvents: [] };

/** Carries points tenant by tenant; a tenant that has to wait delays only its own events. */
const carryByTenant = async (
  dependencies: Dependencies,
  events: readonly Delivery<OfTenant>[],
  touchedBy: TouchedBy,
): Promise<readonly Outcome[]> => {
  const outcomes = new Map<Delivery<OfTenant>, Outcome>();
  for (const [tenantId, own] of Map.groupBy(events, ({ data }) => data.tenantId)) {
    const touched = await touchedBy(
      dependencies,
      tenantId,
      own.map(({ data }) => data as Named),
    );
    if (touched === undefined) continue;
    const result = await carry(dependencies, { ...touched, tenantId });
    for (const [index, event] of own.entries())
      outcomes.set(event, result instanceof Unavailable ? result : index === 0 ? result : done);
  }
  return events.map((event) => outcomes.get(event) ?? done);
};

const carry = async (
  { carrier, tenants, balances: cache, clock }: Dependencies,
  { refunds = [], ...touched }: Touched & OfTenant,
): Promise<Outcome> => {
  try {
    const now = clock();
    const recovered =
      refunds.length === 0
        ? nothing
        : await carrier.recover<DomainEvent>(touched.tenantId, refunds, recoveringAt(now));
    const earnings = earningsOf(await tenants.find(touched.tenantId));
    const carried = await carrier.carry<DomainEvent>(touched, carryingAt(now, earnings));
    const { balances, domainEvents } = combine<DomainEvent>(recovered, carried);
    countCarriedPoints(domainEvents);
    await writeWithBoards({ tenants, cache }, balances);
    return { kind: 'done', domainEvents };
  } catch (error) {
    if (error instanceof Unavailable) return error;
    throw error;
  }
};
