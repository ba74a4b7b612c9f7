import { WebhookSendRequested } from '#shared/eventing/contracts/webhooks.ts';
import type { Publisher } from '#shared/eventing/publisher.ts';
import { requestEvent } from '#shared/runtime/http/requests/request-event.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { WebhookKey } from '#shared/stores/postgres/webhooks/webhook-rows.ts';

/**
 * Notifies deliver-webhook of a change. Throws nothing: caches expire by age, and its tick finds
 * what is due.
 */
export type RequestSending = (key: WebhookKey, now: Date) => Promise<void>;

type Dependencies = Readonly<{
  /** Notifies pods that a tenant's endpoints changed. */
  notify: (tenantId: string) => Promise<void>;
  publisher: Publisher;
  log: Logger;
}>;

/** Notifies pods, and requests that what is due is sent now. */
export const createRequestSending =
  ({ notify, publisher, log }: Dependencies): RequestSending =>
  async ({ tenantId, webhookId }, now) => {
    const warn = (error: unknown) => {
      log.warn({ err: error, tenantId }, 'deliver-webhook could not be notified; its tick follows');
    };
    await notify(tenantId).catch(warn);
    const domainEvent = requestEvent(WebhookSendRequested, {
      cause: [tenantId, webhookId, now.toISOString()],
      partitionKey: webhookId,
      time: now,
      data: { tenantId, webhookId },
    });
    for (const { error } of await publisher.publish([domainEvent])) warn(error);
  };
