import type { Correlation } from '#shared/domain/correlation.ts';
import type { Incentive, IncentiveEvent } from '#shared/domain/incentives/incentive.ts';
import { rowsOf, type Sql, type Transaction } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';
import { type CorrelationRow, toCorrelation } from '../journal/correlation-row.ts';
import { refusalOf } from '../journal/outbox.ts';
import { type IncentiveRow, incentiveColumns, toIncentive } from './incentive-rows.ts';

/** Names an event of an incentive. */
type IncentiveEventKey = Readonly<{ incentiveId: string; event: IncentiveEvent }>;

/** An event of an incentive that is not published, with the incentive as it is now. */
type UnpublishedIncentiveEvent = Readonly<{
  incentive: Incentive;
  event: IncentiveEvent;
  correlation: Correlation;
}>;

export type IncentiveLog = Readonly<{
  /** Takes events that were published out of the queue. Repeating is safe. */
  markPublished: (events: readonly IncentiveEventKey[]) => Promise<void>;
  /**
   * Notes what could not be published, and why. It goes to the end of the queue; what failed with
   * InvalidEvent is set aside until someone retries it. Repeating is safe.
   */
  keep: (unpublished: readonly (IncentiveEventKey & Readonly<{ error: Error }>)[]) => Promise<void>;
  /**
   * Events that have waited for longer than `ageMs`, with the incentives as they are now: the
   * oldest first, then those that failed since.
   */
  unpublished: (
    ageMs: number,
    incentivesMax: number,
  ) => Promise<readonly UnpublishedIncentiveEvent[]>;
}>;

/** Events of incentives that are not known to be published, in a queue besides the log of all. */
export const incentiveLog = (sql: Sql): IncentiveLog => ({
  markPublished: async (events) => {
    if (events.length === 0) return;
    // Locked in one order, so that two transactions that publish the same events cannot deadlock.
    await withPostgres(
      async () => sql`
        with published as (
          select incentive_id, event from unpublished_incentive_events
          join ${rowsOf(sql, { published: events }, { incentiveId: 'uuid', event: 'text' })}
            using (incentive_id, event)
          order by incentive_id, event
          for update of unpublished_incentive_events
        )
        delete from unpublished_incentive_events own using published
        where (own.incentive_id, own.event) = (published.incentive_id, published.event)`,
    );
  },

  keep: (unpublished) => keep(sql, unpublished),

  unpublished: (ageMs, incentivesMax) =>
    withPostgres(async () => {
      const rows = await sql<UnpublishedRow[]>`
        select waiting.event, waiting.correlation_id, waiting.traceparent, ${incentiveColumns(sql)}
        from (
          select incentive_id, event, correlation_id, traceparent, coalesce(tried_at, recorded_at) as due_at
          from unpublished_incentive_events
          where refused_at is null
            and recorded_at < now() - ${ageMs} * interval '1 millisecond'
          order by coalesce(tried_at, recorded_at), incentive_id limit ${incentivesMax}) waiting
        join incentives incentive using (incentive_id)
        order by waiting.due_at, waiting.incentive_id`;
      return rows.map(({ event, correlationId, traceparent, ...row }) => ({
        event,
        incentive: toIncentive(row),
        correlation: toCorrelation({ correlationId, traceparent }),
      }));
    }),
});

const keep = async (sql: Sql, unpublished: Parameters<IncentiveLog['keep']>[0]): Promise<void> => {
  if (unpublished.length === 0) return;
  const rows = unpublished.map(({ error, ...event }) => ({ ...event, refusal: refusalOf(error) }));
  await withPostgres(
    async () => sql`
      with failed as (
        select incentive_id, event, failure.refusal from unpublished_incentive_events
        join ${rowsOf(sql, { failure: rows }, { incentiveId: 'uuid', event: 'text', refusal: 'text' })}
          using (incentive_id, event)
        order by incentive_id, event
        for update of unpublished_incentive_events
      )
      update unpublished_incentive_events own set tried_at = now(), refusal = failed.refusal,
        refused_at = case when failed.refusal is not null then now() end
      from failed where (own.incentive_id, own.event) = (failed.incentive_id, failed.event)`,
  );
};

type UnpublishedRow = IncentiveRow & CorrelationRow & Readonly<{ event: IncentiveEvent }>;

/** An event of an incentive that is to be published. */
type Noted = Pick<Incentive, 'incentiveId' | 'tenantId' | 'userId'> &
  Readonly<{ event: IncentiveEvent }>;

/**
 * Records events of incentives in the transaction that brings them about, once each, to be
 * published until `markPublished`. `correlationOf` returns the correlation under which they are
 * published, also later.
 */
export const recordIncentiveEvents = async (
  tx: Transaction,
  noted: readonly Noted[],
  correlationOf: (incentiveId: string) => Correlation | undefined,
): Promise<void> => {
  if (noted.length === 0) return;
  const rows = noted.map((event) => ({ ...event, ...correlationOf(event.incentiveId) }));
  await tx`
    with made as (
      select * from ${rowsOf(
        tx,
        { made: rows },
        {
          ...{ tenantId: 'text', incentiveId: 'uuid', userId: 'text', event: 'text' },
          ...{ correlationId: 'text', traceparent: 'text' },
        },
      )}
    ), recorded as (
      insert into incentive_event_log (tenant_id, incentive_id, user_id, event)
      select tenant_id, incentive_id, user_id, event from made
      order by incentive_id
      on conflict (incentive_id, event) do nothing
      returning incentive_id, event
    )
    insert into unpublished_incentive_events (incentive_id, event, correlation_id, traceparent)
    select incentive_id, event, correlation_id, traceparent
    from recorded join made using (incentive_id, event)
    on conflict (incentive_id, event) do nothing`;
};
