import { OrderPlaced, OrderProgressed, OrderRefunded } from '#shared/eventing/contracts/orders.ts';
import { PointsAwarded } from '#shared/eventing/contracts/points-events.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import { type EventHandler, on, onBatch } from '#shared/runtime/events/event-handler.ts';
import type { Outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { noteProgress } from './note-progress.ts';
import { type PayDependencies, payOrders } from './pay-orders.ts';
import { refundOrder } from './refund-order.ts';

type Dependencies = PayDependencies & Readonly<{ outbox: Outbox; batchItemsMax: number }>;

/**
 * Pays each order in points, reverses the points of refunds, and releases points that waited for an
 * order's progress: each exactly once, even if it is delivered twice, late, early or concurrently.
 */
export const awardPoints = (dependencies: Dependencies): readonly EventHandler[] => {
  const { batchItemsMax, outbox } = dependencies;
  // A redelivered order publishes its award again; other events wait in the outbox until published.
  const published = (domainEvents: readonly DomainEvent[]) =>
    outbox.remove(domainEvents.filter(({ type }) => type !== PointsAwarded.type));
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
