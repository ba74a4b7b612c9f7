import { type Order, OrderPlaced } from '#shared/eventing/contracts/order-placed.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import {
  type Delivery,
  type EventHandler,
  type Outcome,
  onBatch,
} from '#shared/runtime/event-handler.ts';
import type { LedgerStore } from '#shared/stores/postgres/ledger-store.ts';
import type { TenantStore } from '#shared/stores/postgres/tenant-store.ts';
import type { BalanceCache } from '#shared/stores/redis/balance-cache.ts';
import { decideEntry, isEntry } from './decide-entry.ts';
import { toOutcome } from './outcome.ts';

type Dependencies = Readonly<{
  tenants: TenantStore;
  ledger: LedgerStore;
  balances: BalanceCache;
  clock: Clock;
  batchItemsMax: number;
}>;

/** Pays each order in points, exactly once per order id however often, late or twice at once it is delivered. */
export const awardPoints = ({
  tenants,
  ledger,
  balances,
  clock,
  batchItemsMax,
}: Dependencies): EventHandler =>
  onBatch(OrderPlaced, batchItemsMax, async (orders) => {
    const tenantOf = await loadTenants(tenants, orders);
    const decisions = orders.map((order) =>
      decideEntry(order, tenantOf.get(order.data.tenantId), clock()),
    );

    const bookings = await ledger.commit(decisions.filter(isEntry));

    // After the commit and from what it returned, so that the cache can lag the ledger but never lead it.
    await balances.writeThrough(
      bookings.flatMap((booking) => (booking.kind === 'conflict' ? [] : [booking.balance])),
      (tenantId) => tenantOf.get(tenantId)?.boards ?? [],
    );

    const outcomes = bookings.map(toOutcome);
    return decisions.map((decision) =>
      isEntry(decision) ? (outcomes.shift() as Outcome) : decision,
    );
  });

/** Loads each tenant of a batch once. */
const loadTenants = async (tenants: TenantStore, orders: readonly Delivery<Order>[]) => {
  const ids = [...new Set(orders.map(({ data }) => data.tenantId))];
  return new Map(await Promise.all(ids.map(async (id) => [id, await tenants.find(id)] as const)));
};
