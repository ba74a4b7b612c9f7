import { wantsEvent } from '#shared/domain/webhooks/wants-event.ts';
import { WebhookTick } from '#shared/eventing/contracts/ticks.ts';
import { WebhookSendRequested } from '#shared/eventing/contracts/webhooks.ts';
import { structuredEvent } from '#shared/eventing/webhooks/structured-event.ts';
import { eventNameOf, webhookContracts } from '#shared/eventing/webhooks/webhook-contracts.ts';
import {
  type Delivery,
  type EventHandler,
  on,
  onBatch,
} from '#shared/runtime/events/event-handler.ts';
import type {
  DeliveryStore,
  NewDelivery,
} from '#shared/stores/postgres/webhooks/delivery-store.ts';
import type { FairTurns, Waiting } from './fair-turns.ts';
import type { KnownEndpoints } from './known-endpoints.ts';
import { type SweepDependencies, sweep } from './sweep.ts';

type Dependencies = SweepDependencies &
  Readonly<{
    endpoints: KnownEndpoints;
    store: Pick<DeliveryStore, 'record'>;
    turns: Pick<FairTurns, 'wake'>;
    batchItemsMax: number;
  }>;

/**
 * Records each event once for each subscribed endpoint of its tenant, and then acknowledges it:
 * sending runs separately, so endpoints never delay an event. Each endpoint gets each event at
 * least once, always under the same webhook-id.
 */
export const deliverWebhooks = (dependencies: Dependencies): readonly EventHandler[] => {
  const { endpoints, store, turns, batchItemsMax: itemsMax } = dependencies;

  const record = async (events: readonly Delivery<{ tenantId: string }>[], eventType: string) => {
    const wanted = await Promise.all(
      events.map(async ({ event, data: { tenantId } }): Promise<readonly Wanted[]> => {
        const known = await endpoints(tenantId);
        const takers = known.filter(({ eventTypes }) => wantsEvent(eventTypes, eventType));
        if (takers.length === 0) return [];
        const { id: eventId, extensions } = event;
        const correlationId = extensions['correlationid'];
        const body = structuredEvent({ ...event, tenantId, correlationId });
        return takers.map(({ webhookId }) => ({ tenantId, webhookId, eventId, eventType, body }));
      }),
    );
    const deliveries = wanted.flat();
    await store.record(deliveries);
    turns.wake(deliveries);
    return events.map(() => ({ kind: 'done', domainEvents: [] }) as const);
  };

  return [
    ...webhookContracts.map((contract) => {
      const eventType = eventNameOf(contract);
      return onBatch(contract, { itemsMax }, (events) => record(events, eventType));
    }),
    on(WebhookSendRequested, ({ data }) => {
      turns.wake([data]);
      return Promise.resolve([]);
    }),
    on(WebhookTick, async () => {
      await sweep(dependencies);
      return [];
    }),
  ];
};

type Wanted = NewDelivery & Waiting;
