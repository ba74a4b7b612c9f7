import type { Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';

/** An event that Kafka refused, set aside until someone retries it. */
export type RefusedEvent = Readonly<{
  /** The event's id; of an event of an incentive, the incentive's. */
  id: string;
  tenantId: string;
  type: string;
  refusedAt: Date;
  refusal: string;
}>;

export type RefusedEvents = Readonly<{
  count: () => Promise<number>;
  /** The oldest first. */
  list: (eventsMax: number) => Promise<readonly RefusedEvent[]>;
  /** Returns events to reconcile-rewards, all of them if no ids are given, and reports how many. */
  retry: (ids?: readonly string[]) => Promise<number>;
}>;

/** Events in the outbox and of incentives that Kafka refused. */
export const refusedEvents = (sql: Sql): RefusedEvents => ({
  count: () =>
    withPostgres(async () => {
      const [row] = await sql<[{ count: number }]>`
        select (select count(*) from outbox where refused_at is not null)::integer
          + (select count(*) from unpublished_incentive_events where refused_at is not null)::integer
          as count`;
      return row.count;
    }),

  list: (eventsMax) =>
    withPostgres(
      async () => sql<RefusedEvent[]>`
        select fact_id::text as id, fact ->> 'tenantId' as tenant_id, fact ->> 'type' as type,
          refused_at, refusal
        from outbox where refused_at is not null
        union all
        select incentive_id::text, tenant_id, 'incentive ' || event, refused_at, refusal
        from unpublished_incentive_events join incentives using (incentive_id)
        where refused_at is not null
        order by refused_at, id limit ${eventsMax}`,
    ),

  retry: (ids) =>
    withPostgres(async () => {
      // Before every instant: the next run takes them first.
      const again = sql`tried_at = '-infinity', refused_at = null, refusal = null`;
      const [row] = await sql<[{ count: number }]>`
        with events as (
          update outbox set ${again}
          where refused_at is not null ${ids ? sql`and fact_id::text = any(${[...ids]})` : sql``}
          returning fact_id
        ), incentives as (
          update unpublished_incentive_events set ${again}
          where refused_at is not null ${ids ? sql`and incentive_id::text = any(${[...ids]})` : sql``}
          returning incentive_id
        )
        select (select count(*) from events)::integer + (select count(*) from incentives)::integer as count`;
      return row.count;
    }),
});
