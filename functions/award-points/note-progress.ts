import type { z } from 'zod';
import { InvalidEvent } from '#shared/domain/errors.ts';
import { causeOf, correlationOf } from '#shared/eventing/cloud-event.ts';
import type { OrderProgressed } from '#shared/eventing/contracts/orders.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import { releasedEvent } from '#shared/eventing/released-event.ts';
import { type Delivery, instantOf } from '#shared/runtime/events/event-handler.ts';
import type { Clock } from '#shared/runtime/host.ts';
import type { OrderProgressStore } from '#shared/stores/postgres/earning/order-progress-store.ts';
import { activeTenant } from '#shared/stores/postgres/tenants/active-tenant.ts';
import type { TenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import {
  type GuardedBalanceCache,
  writeWithBoards,
} from '#shared/stores/redis/balances/balance-cache.ts';

type Progress = z.output<typeof OrderProgressed.schema>;

/** What noting progress needs. */
export type ProgressDependencies = ReleaseDependencies &
  Readonly<{ tenants: TenantStore; balances: Pick<GuardedBalanceCache, 'writeThrough'> }>;

/** Records progress of an order and releases the points that waited for it. */
export const noteProgress = async (
  dependencies: ProgressDependencies,
  delivery: Delivery<Progress>,
): Promise<readonly DomainEvent[]> => {
  const { tenants, progress: store, balances, clock } = dependencies;
  const { tenantId, orderId, progress, at } = delivery.data;
  await activeTenant(tenants, tenantId);
  const occurredAt = instantOf(at, delivery, clock());
  if (occurredAt instanceof InvalidEvent) throw occurredAt;
  const origin = { cause: causeOf(delivery.event), correlation: correlationOf(delivery.event) };
  await store.record({ tenantId, orderId, progress, ...origin, occurredAt });
  const released = await releaseAwaited(dependencies, [{ tenantId, orderId }]);
  await writeWithBoards({ tenants, cache: balances }, released.balances);
  return released.domainEvents;
};

/** What releasing needs. */
export type ReleaseDependencies = Readonly<{ progress: OrderProgressStore; clock: Clock }>;

/** Releases the points of these orders that wait for progress that has happened. */
export const releaseAwaited = (
  { progress, clock }: ReleaseDependencies,
  orders: readonly Readonly<{ tenantId: string; orderId: string }>[],
) =>
  progress.releaseAwaited(
    orders,
    clock(),
    (released, correlation): DomainEvent => ({ ...releasedEvent(released), ...correlation }),
  );
