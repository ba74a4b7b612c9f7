import { rowsOf, type Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';
import type { DeliveryStatus, LoggedAttempt } from './delivery-log.ts';

/** The outcome of an attempt. */
type AttemptOutcome = Readonly<{
  eventId: string;
  status: DeliveryStatus;
  /** When it is due again, in milliseconds from now; 0 where it is done. */
  inMs: number;
  attempt: LoggedAttempt;
}>;

/** The outcomes of a claim's attempts. */
export type Completion = Readonly<{
  webhookId: string;
  /** What was called: nothing is learned about an endpoint that has another URL by now. */
  url: string;
  lease: string;
  outcomes: readonly AttemptOutcome[];
  /** Whether any of them succeeded, and how many failed for the endpoint itself. */
  hasSuccess: boolean;
  endpointFailures: number;
  /** How long nothing else is sent to the endpoint, in milliseconds. */
  pauseMs: number;
}>;

/** What is known of an endpoint after attempts. */
export type Completed = Readonly<{
  /** How long all attempts have failed, in milliseconds; 0 after a success. */
  failingMs: number;
}>;

/** Attempts that the log of a delivery keeps. */
const logMax = 20;

/**
 * Records attempts by one statement, those of a lease that was taken over excepted. Failures more
 * than a day apart, longer than any wait for a retry, are not one failure: nothing was sent
 * meanwhile. Each attempt moves next_send_at to its time or later.
 */
export const completeAttempts = (
  sql: Sql,
  { webhookId, url, lease, outcomes, hasSuccess, endpointFailures, pauseMs }: Completion,
): Promise<Completed> =>
  withPostgres(async () => {
    const [row] = await sql<Completed[]>`
      with outcome as (
        select * from ${rowsOf(sql, { outcome: outcomes }, { eventId: 'text', status: 'text', inMs: 'float8', attempt: 'jsonb' })}),
      recorded as (
        update webhook_deliveries delivery set status = outcome.status, lease = null,
          due_at = now() + outcome.in_ms * interval '1 millisecond',
          log = case when jsonb_array_length(log) < ${logMax} then log else log - 0 end || outcome.attempt
        from outcome
        where delivery.webhook_id = ${webhookId} and delivery.event_id = outcome.event_id and delivery.lease = ${lease})
      update webhooks set
        failing_since = case when ${hasSuccess} then null
          when next_send_at < now() - interval '1 day' then now()
          else coalesce(failing_since, now()) end,
        failures = case when ${hasSuccess} then 0 else failures + ${endpointFailures} end,
        next_send_at = greatest(next_send_at, now() + ${pauseMs} * interval '1 millisecond')
      where webhook_id = ${webhookId} and url = ${url}
      returning coalesce(extract(epoch from now() - failing_since) * 1000, 0)::float8 as failing_ms`;
    return row ?? { failingMs: 0 };
  });
