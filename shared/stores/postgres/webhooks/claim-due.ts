import type { Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';

/** The parameters of a claim of an endpoint's deliveries. */
export type Claim = Readonly<{
  webhookId: string;
  /** Names the claim; attempts are completed under it. */
  lease: string;
  /** How long claimed deliveries are given to nobody else, in milliseconds. */
  leaseMs: number;
  /**
   * Deliveries at most; no more than the endpoint's rate allows per second, but at least one; one
   * at a time while it fails.
   */
  itemsMax: number;
}>;

/** A delivery to be attempted now. */
export type ClaimedDelivery = Readonly<{
  eventId: string;
  body: string;
  /** This attempt included. */
  attempts: number;
  /** How much longer it may be retried, in milliseconds. */
  leftMs: number;
}>;

/** An endpoint with what was claimed. */
export type Claimed = Readonly<{
  webhookId: string;
  tenantId: string;
  url: string;
  /** Whether it still has to allow deliveries: the claimed delivery is the request for it. */
  isPending: boolean;
  sealedSecret: string;
  /** The secret before, while it is still valid. */
  previousSealedSecret: string | undefined;
  failures: number;
  deliveries: readonly ClaimedDelivery[];
  /** How long until more of it may be sent, in milliseconds; undefined where nothing is left. */
  nextMs: number | undefined;
}>;

type Row = Omit<Claimed, 'previousSealedSecret' | 'nextMs'> &
  Readonly<{ previousSealedSecret: string | null; nextMs: number | null }>;

/**
 * Claims by one statement. The lock on the endpoint makes claims follow each other, so that its
 * rate holds over all pods; nothing else waits, as locked deliveries are skipped. Subqueries and
 * not joins: only then does Postgres read the due deliveries in the order of their index, and not
 * all that wait. Undefined where the endpoint is disabled or gone.
 */
export const claimDue = (
  sql: Sql,
  { webhookId, lease, leaseMs, itemsMax }: Claim,
): Promise<Claimed | undefined> =>
  withPostgres(async () => {
    const [row] = await sql<Row[]>`
      with endpoint as materialized (
        select *, case when status = 'ACTIVE' then 'EVENT' else 'HANDSHAKE' end as kind from webhooks
        where webhook_id = ${webhookId} and status in ('PENDING', 'ACTIVE') for no key update),
      due as materialized (
        select event_id from webhook_deliveries
        where webhook_id = ${webhookId} and kind = (select kind from endpoint) and status = 'PENDING' and due_at <= now()
          and (select next_send_at from endpoint) <= now()
        order by due_at
        limit (select case when failing_since is null then least(${itemsMax}, ceil(rate_per_minute / 60.0)) else 1 end from endpoint)
        for update skip locked),
      claimed as (
        update webhook_deliveries delivery set lease = ${lease}, attempts = attempts + 1,
          due_at = now() + ${leaseMs} * interval '1 millisecond'
        where delivery.webhook_id = ${webhookId} and delivery.event_id = any(array(select event_id from due))
        returning delivery.*),
      charged as (
        update webhooks set next_send_at = greatest(webhooks.next_send_at, now())
          + (select count(*) from due) * interval '1 minute' / webhooks.rate_per_minute
        from endpoint where webhooks.webhook_id = endpoint.webhook_id and webhooks.rate_per_minute is not null
          and exists (select from due)
        returning webhooks.next_send_at)
      select webhook_id, tenant_id, url, status = 'PENDING' as is_pending,
        secret as sealed_secret, failures,
        case when previous_secret_until > now() then previous_secret end as previous_sealed_secret,
        (select coalesce(json_agg(json_build_object('eventId', event_id, 'body', body,
            'attempts', attempts, 'leftMs', floor(extract(epoch from retry_until - now()) * 1000)) order by created_at), '[]')
          from claimed) as deliveries,
        (select ceil(extract(epoch from greatest(min(rest.due_at), coalesce((select next_send_at from charged), endpoint.next_send_at),
            now()) - now()) * 1000)::float8
          from (select due_at from webhook_deliveries delivery
            where delivery.webhook_id = endpoint.webhook_id and delivery.status = 'PENDING' and delivery.kind = endpoint.kind
              and delivery.event_id not in (select event_id from due)
            order by due_at limit 1) rest) as next_ms
      from endpoint`;
    if (row === undefined) return undefined;
    const { previousSealedSecret, nextMs, ...claimed } = row;
    return {
      ...claimed,
      previousSealedSecret: previousSealedSecret ?? undefined,
      nextMs: nextMs ?? undefined,
    };
  });
