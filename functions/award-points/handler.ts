import { StaleTerms } from '#shared/domain/earning/stale-terms.ts';
import type { InvalidEvent } from '#shared/domain/errors.ts';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import {
  type Order,
  OrderPlaced,
  OrderProgressed,
  OrderRefunded,
} from '#shared/eventing/contracts/orders.ts';
import { PointsAwarded } from '#shared/eventing/contracts/points-events.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import {
  type Delivery,
  type EventHandler,
  isAccepted,
  type Outcome,
  on,
  onBatch,
  outcomesOf,
} from '#shared/runtime/events/event-handler.ts';
import type { Clock } from '#shared/runtime/host.ts';
import type { EarningStore } from '#shared/stores/postgres/earning/earning-store.ts';
import type { Outbox } from '#shared/stores/postgres/journal/outbox.ts';
import type { LedgerStore } from '#shared/stores/postgres/ledger/ledger-store.ts';
import type { Tenant, TenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import {
  type GuardedBalanceCache,
  writeWithBoards,
} from '#shared/stores/redis/balances/balance-cache.ts';
import {
  type AcceptedOrder,
  type Award,
  acceptOrder,
  nothingAwarded,
  payAlone,
  toOutcome,
} from './award-order.ts';
import { noteProgress, type ReleaseDependencies, releaseAwaited } from './note-progress.ts';
import { payTogether } from './pay-together.ts';
import { applyRefund, type RefundDependencies, refundOrder } from './refund-order.ts';

type Dependencies = PayDependencies & Readonly<{ outbox: Outbox; batchItemsMax: number }>;

/**
 * Pays each order in points, reverses the points of refunds, and releases points that waited for an
 * order's progress: each exactly once, even if it is delivered twice, late, early or concurrently.
 */
export const awardPoints = (dependencies: Dependencies): readonly EventHandler[] => {
  const { batchItemsMax, outbox } = dependencies;
  // A redelivered order publishes its award again; other events wait in the outbox until published.
  const published = async (domainEvents: readonly DomainEvent[]) => {
    const waiting = domainEvents.filter(({ type }) => type !== PointsAwarded.type);
    if (waiting.length > 0) await outbox.remove(waiting);
  };
  const unpublished = outbox.keep;
  return [
    onBatch(OrderPlaced, { itemsMax: batchItemsMax, published, unpublished }, (orders) =>
      payOrders(dependencies, orders),
    ),
    on(OrderRefunded, (refund) => refundOrder(dependencies, refund), { published, unpublished }),
    on(OrderProgressed, (progress) => noteProgress(dependencies, progress), {
      published,
      unpublished,
    }),
  ];
};

/** What paying needs. */
export type PayDependencies = RefundDependencies &
  ReleaseDependencies &
  Readonly<{
    tenants: TenantStore;
    ledger: LedgerStore;
    earnings: EarningStore;
    balances: Pick<GuardedBalanceCache, 'writeThrough'>;
    clock: Clock;
  }>;

/** Pays a batch of orders; one that is refused fails alone. */
export const payOrders = async (
  dependencies: PayDependencies,
  orders: readonly Delivery<Order>[],
): Promise<readonly Outcome[]> => {
  const { tenants } = dependencies;
  const ids = orders.map(({ data }) => data.tenantId);
  try {
    return await payBy(dependencies, orders, await loadTenants(tenants.find, ids));
  } catch (error) {
    if (!(error instanceof StaleTerms)) throw error;
    return payBy(dependencies, orders, await loadTenants(tenants.reload, ids));
  }
};

type Tenants = ReadonlyMap<string, Tenant | undefined>;

/** Finds tenants by their ids, each once. */
const loadTenants = async (find: TenantStore['find'], ids: readonly string[]): Promise<Tenants> =>
  new Map(await Promise.all([...new Set(ids)].map(async (id) => [id, await find(id)] as const)));

/**
 * Pays orders by the terms of these tenants.
 * @throws StaleTerms when they are known to be out of date.
 */
const payBy = async (
  dependencies: PayDependencies,
  orders: readonly Delivery<Order>[],
  tenantOf: Tenants,
): Promise<readonly Outcome[]> => {
  const { tenants, ledger, balances, clock } = dependencies;
  const now = clock();
  const results = orders.map((order) => acceptOrder(order, tenantOf.get(order.data.tenantId), now));
  const accepted = results.filter(isAccepted);
  const alone = accepted.filter(({ isAlone }) => isAlone);
  const together = accepted.filter(({ isAlone }) => !isAlone);
  const paid = [
    alone.length === 0 ? nothingAwarded : await payAlone(ledger, alone),
    together.length === 0 ? nothingAwarded : await payTogether(dependencies, together, now),
  ];
  const awards = accepted.map((order) => paid.flatMap((own) => own.awards.get(order) ?? []));
  // After the commits and from what they returned, so that the cache can lag the ledger but never
  // lead it.
  const write = (changed: readonly Balance[]) =>
    writeWithBoards({ tenants, cache: balances }, changed);
  const [early] = await Promise.all([
    catchUp(dependencies, { accepted, awards, tenantOf }),
    write(paid.flatMap(({ balances: changed }) => changed)),
  ]);
  await write(early.balances);
  const further = [...paid, early].flatMap(({ domainEvents }) => domainEvents);
  return withEvents(results, outcomesOf(results, awards.map(toOutcome)), further);
};

/**
 * Adds the events of the batch to the first acknowledged order of the same customer, so that a
 * failure affects no other customer's order. Each event has the correlation of its own cause.
 * Events without such an order are in the outbox.
 */
const withEvents = (
  results: readonly (AcceptedOrder | InvalidEvent)[],
  outcomes: readonly Outcome[],
  domainEvents: readonly DomainEvent[],
): readonly Outcome[] => {
  const left = Map.groupBy(domainEvents, (domainEvent) =>
    customerKey(domainEvent.tenantId, domainEvent.partitionKey),
  );
  return outcomes.map((outcome, index) => {
    const result = results[index];
    if (outcome instanceof Error || result === undefined || !isAccepted(result)) return outcome;
    const key = customerKey(result.order.tenantId, result.order.customerId);
    const own = left.get(key) ?? [];
    left.delete(key);
    return { ...outcome, domainEvents: [...outcome.domainEvents, ...own] };
  });
};

const customerKey = (tenantId: string, customerId: string): string =>
  JSON.stringify([tenantId, customerId]);

type Batch = Readonly<{
  accepted: readonly AcceptedOrder[];
  awards: readonly (readonly Award[])[];
  tenantOf: Tenants;
}>;

type CaughtUp = Readonly<{ balances: readonly Balance[]; domainEvents: readonly DomainEvent[] }>;

/**
 * Applies what arrived before its order and waited for it: refunds that a program which paid the
 * order has not applied, and progress that points wait for. It looks for these after the order is
 * committed, and they look for the order after they are recorded, so whichever commits second sees
 * the other.
 */
const catchUp = async (
  dependencies: PayDependencies,
  { accepted, awards, tenantOf }: Batch,
): Promise<CaughtUp> => {
  if (accepted.length === 0) return { balances: [], domainEvents: [] };
  const orders = accepted.map(({ order }) => order);
  const done: CaughtUp[] = [];
  for (const refund of await dependencies.refunds.unapplied(orders)) {
    const tenant = tenantOf.get(refund.tenantId);
    const outcome = tenant && (await applyRefund(dependencies, refund, tenant));
    if (outcome?.kind === 'applied') done.push(outcome);
  }
  const waiting = orders.filter((_order, index) =>
    awards[index]?.some((award) => 'entry' in award && award.entry.awaits !== undefined),
  );
  if (waiting.length > 0) done.push(await releaseAwaited(dependencies, waiting));
  return {
    balances: done.flatMap(({ balances }) => balances),
    domainEvents: done.flatMap(({ domainEvents }) => domainEvents),
  };
};
