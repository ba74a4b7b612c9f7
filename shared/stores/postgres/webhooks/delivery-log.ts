import type { Sql } from '../driver/connect.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import { recordChange } from '../journal/record-change.ts';
import { resourceOf, type WebhookKey } from './webhook-rows.ts';

export type DeliveryStatus = 'PENDING' | 'DELIVERED' | 'FAILED';

/** An attempt: how the endpoint answered, or why it did not. */
export type LoggedAttempt = Readonly<{ at: string; ms: number; status?: number; error?: string }>;

/** An event that is delivered to an endpoint, with its last attempts. */
export type LoggedDelivery = Readonly<{
  eventId: string;
  eventType: string;
  status: DeliveryStatus;
  attempts: number;
  dueAt: Date;
  createdAt: Date;
  log: readonly LoggedAttempt[];
}>;

type Place = Readonly<{ createdAt: string; eventId: string }>;

type Asked = Readonly<{ status: DeliveryStatus; after: Place | undefined; limit: number }>;

type TestEvent = Readonly<{ eventId: string; eventType: string; body: string }>;

export type DeliveryLog = Readonly<{
  /** Deliveries in a status, the newest first, those `after` one. */
  page: (webhookId: string, asked: Asked) => Promise<readonly LoggedDelivery[]>;
  /** Adds a delivery. Repeating changes nothing. */
  add: (webhookId: string, event: TestEvent) => Promise<void>;
  /**
   * Makes failed deliveries due again: one by its event, or the oldest ones up to a number. Returns
   * how many. They are retried as new ones are.
   */
  redrive: (
    key: WebhookKey,
    redrive: Readonly<{ subject: string; eventId?: string; limit: number }>,
  ) => Promise<number>;
}>;

/** The deliveries of endpoints, for tenants. */
export const deliveryLog = (sql: Sql): DeliveryLog => ({
  page: (webhookId, { status, after, limit }) =>
    withPostgres(
      async () => sql<LoggedDelivery[]>`
        select event_id, event_type, status, attempts, due_at,
          created_at, log
        from webhook_deliveries
        where webhook_id = ${webhookId} and status = ${status}
          ${after === undefined ? sql`` : sql`and (created_at, event_id) < (${after.createdAt}::timestamptz, ${after.eventId})`}
        order by created_at desc, event_id desc limit ${limit}`,
    ),
  add: async (webhookId, { eventId, eventType, body }) => {
    await withPostgres(
      async () => sql`
        insert into webhook_deliveries (webhook_id, event_id, event_type, body)
        values (${webhookId}, ${eventId}, ${eventType}, ${body})
        on conflict (webhook_id, event_id) do nothing`,
    );
  },
  redrive: ({ tenantId, webhookId }, { subject, eventId, limit }) =>
    inTransaction(sql, async (tx) => {
      const { count } = await tx`
        update webhook_deliveries delivery set status = 'PENDING', due_at = now(), retry_until = default, attempts = 0
        from (
          select event_id from webhook_deliveries
          where webhook_id = ${webhookId} and status = 'FAILED' and kind = 'EVENT'
            ${eventId === undefined ? sql`` : sql`and event_id = ${eventId}`}
          order by created_at limit ${limit} for update) failed
        where delivery.webhook_id = ${webhookId} and delivery.event_id = failed.event_id`;
      if (count > 0) {
        const resource = `${resourceOf({ webhookId })}/deliveries${eventId === undefined ? '' : `/${eventId}`}`;
        const action = 'webhook-deliveries.redriven';
        await recordChange(tx, { tenantId, subject, action, resource, after: { count } });
      }
      return count;
    }),
});
