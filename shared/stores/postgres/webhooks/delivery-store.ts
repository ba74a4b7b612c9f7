import { rowsOf, type Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';
import { isErased } from '../privacy/erased-persons.ts';
import { type Claim, type Claimed, claimDue } from './claim-due.ts';
import { type Completed, type Completion, completeAttempts } from './complete-attempts.ts';
import { activate, type Disabling, disable } from './webhook-status.ts';

/** An endpoint that may want events of its tenant. */
export type Endpoint = Readonly<{ webhookId: string; eventTypes: readonly string[] }>;

/** An event for an endpoint. */
export type NewDelivery = Readonly<{
  webhookId: string;
  eventId: string;
  eventType: string;
  body: string;
}>;

/** An endpoint with a due delivery. */
export type DueEndpoint = Readonly<{
  webhookId: string;
  tenantId: string;
  /**
   * How long its oldest delivery has been due and could have been sent, in seconds; negative while
   * its rate or a pause forbids it.
   */
  dueSeconds: number;
  isFailing: boolean;
}>;

export type DeliveryStore = Readonly<{
  /** The endpoints of a tenant that are not disabled. */
  endpoints: (tenantId: string) => Promise<readonly Endpoint[]>;
  /**
   * Records deliveries in one statement, each once; those to endpoints that are gone by now, and
   * those about erased persons, are left out.
   */
  record: (deliveries: readonly NewDelivery[]) => Promise<void>;
  /**
   * Claims due deliveries of an endpoint that may be sent now, for a lease: no other pod gets them
   * meanwhile. Of any number of pods at once, one gets each delivery.
   */
  claim: (claim: Claim) => Promise<Claimed | undefined>;
  /** Records how attempts went, unless their lease was taken over. */
  complete: (completion: Completion) => Promise<Completed>;
  /** The endpoint at this URL allowed deliveries; nothing happens where it changed meanwhile. */
  activate: (
    webhookId: string,
    allowed: Readonly<{ url: string; ratePerMinute: number | undefined }>,
  ) => Promise<void>;
  /**
   * Disables an endpoint with its change log and event, once. False where it was not to be
   * disabled.
   */
  disable: (disabling: Disabling) => Promise<boolean>;
  /** Endpoints to which something is due, most of them any number. */
  due: (endpointsMax: number) => Promise<readonly DueEndpoint[]>;
  /**
   * Removes deliveries older than so many days, up to a number, and deleted endpoints. Returns
   * whether there may be more.
   */
  removeOld: (days: number, rowsMax: number) => Promise<boolean>;
}>;

/** Deliveries of events to endpoints. Due dates and leases are by the clock of Postgres. */
export const deliveryStore = (sql: Sql): DeliveryStore => ({
  endpoints: (tenantId) =>
    withPostgres(
      async () => sql<Endpoint[]>`
        select webhook_id, event_types from webhooks
        where tenant_id = ${tenantId} and status in ('PENDING', 'ACTIVE')`,
    ),
  record: async (deliveries) => {
    if (deliveries.length === 0) return;
    // In one order, so that two that record the same wait for each other but never in a circle.
    await withPostgres(
      async () => sql`
        insert into webhook_deliveries (webhook_id, event_id, event_type, body)
        select webhook_id, event_id, event_type, body
        from ${rowsOf(sql, { wanted: deliveries }, { webhookId: 'uuid', eventId: 'text', eventType: 'text', body: 'text' })}
        join webhooks using (webhook_id)
        where status in ('PENDING', 'ACTIVE') and not exists (
          select from unnest(delivery_persons(body)) about (id)
          where ${isErased(sql, { tenant: sql`webhooks.tenant_id`, person: sql`about.id` })})
        order by webhook_id, event_id
        on conflict (webhook_id, event_id) do nothing`,
    );
  },
  claim: (claim) => claimDue(sql, claim),
  complete: (completion) => completeAttempts(sql, completion),
  activate: (webhookId, allowed) => activate(sql, webhookId, allowed),
  disable: (disabling) => disable(sql, disabling),
  due: (endpointsMax) =>
    withPostgres(
      async () => sql<DueEndpoint[]>`
        select webhook_id, tenant_id, failing_since is not null as is_failing,
          extract(epoch from now() - greatest(due_at, next_send_at))::float8 as due_seconds
        from webhooks cross join lateral (
          select due_at from webhook_deliveries delivery
          where delivery.webhook_id = webhooks.webhook_id and delivery.status = 'PENDING' and due_at <= now()
            and kind = case when webhooks.status = 'ACTIVE' then 'EVENT' else 'HANDSHAKE' end
          order by due_at limit 1) oldest
        where status in ('PENDING', 'ACTIVE')
        limit ${endpointsMax}`,
    ),
  removeOld: (days, rowsMax) => withPostgres(() => removeOld(sql, days, rowsMax)),
});

const removeOld = async (sql: Sql, days: number, rowsMax: number): Promise<boolean> => {
  const old = await sql`
    delete from webhook_deliveries where (webhook_id, event_id) in (
      select webhook_id, event_id from webhook_deliveries
      where created_at < now() - make_interval(days => ${days}) order by created_at limit ${rowsMax})`;
  const ofDeleted = await sql`
    delete from webhook_deliveries where (webhook_id, event_id) in (
      select delivery.webhook_id, event_id from webhooks
      join webhook_deliveries delivery on delivery.webhook_id = webhooks.webhook_id
      where webhooks.status = 'DELETED' limit ${rowsMax})`;
  await sql`
    delete from webhooks where status = 'DELETED'
      and not exists (select from webhook_deliveries delivery where delivery.webhook_id = webhooks.webhook_id)`;
  return Math.max(old.count, ofDeleted.count) >= rowsMax;
};
