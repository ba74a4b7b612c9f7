import { WebhookDisabled } from '#shared/eventing/contracts/webhooks.ts';
import { domainEventOf } from '#shared/eventing/domain-event.ts';
import { type Announcing, announce } from '#shared/runtime/announce.ts';
import type { Clock } from '#shared/runtime/host.ts';
import type { Claimed } from '#shared/stores/postgres/webhooks/claim-due.ts';
import type { DeliveryStore } from '#shared/stores/postgres/webhooks/delivery-store.ts';
import { disabledTotal } from './metrics.ts';

type Reason = 'gone' | 'failing' | 'handshake-failed';

/** Disables an endpoint once, with its change log and event. */
export type DisableEndpoint = (
  endpoint: Pick<Claimed, 'webhookId' | 'tenantId' | 'url'>,
  reason: Reason,
) => Promise<void>;

type Dependencies = Readonly<{
  store: Pick<DeliveryStore, 'disable'>;
  announcing: Announcing;
  /** Notifies pods that a tenant's endpoints changed; throws nothing. */
  notify: (tenantId: string) => Promise<void>;
  clock: Clock;
}>;

/** Pods that are not notified find out by age. */
export const createDisable =
  ({ store, announcing, notify, clock }: Dependencies): DisableEndpoint =>
  async ({ webhookId, tenantId, url }, reason) => {
    const now = clock();
    const disabledAt = now.toISOString();
    const domainEvent = domainEventOf(WebhookDisabled, {
      cause: [tenantId, webhookId, disabledAt],
      ...{ partitionKey: webhookId, time: now },
      data: { tenantId, webhookId, url, reason, disabledAt },
    });
    if (!(await store.disable({ webhookId, tenantId, url, reason, domainEvent }))) return;
    disabledTotal.inc({ reason });
    await notify(tenantId);
    await announce([domainEvent], announcing);
  };
