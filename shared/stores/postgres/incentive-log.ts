import type { Incentive, IncentiveEvent } from '#shared/domain/incentives/incentive.ts';
import type { Sql, Transaction } from './connect.ts';
import { type IncentiveRow, incentiveColumns, toIncentive } from './incentive-rows.ts';
import { withPostgres } from './postgres-error.ts';

/** That something is said of an incentive. */
type Saying = Readonly<{ incentiveId: string; event: IncentiveEvent }>;

export type IncentiveLog = Readonly<{
  /** Notes what is out. Repeating is safe. */
  markPublished: (sayings: readonly Saying[]) => Promise<void>;
  /** What has waited for longer than `ageMs`, oldest first, with the incentives as they stand: who had to publish it did not. */
  unpublished: (
    ageMs: number,
    incentivesMax: number,
  ) => Promise<readonly Readonly<{ incentive: Incentive; event: IncentiveEvent }>[]>;
}>;

/** What was said of incentives, and what is not known to be out. */
export const incentiveLog = (sql: Sql): IncentiveLog => ({
  markPublished: async (sayings) => {
    if (sayings.length === 0) return;
    // Locked in one order, so that two that publish the same wait for each other but never in a circle.
    await withPostgres(
      async () => sql`
        with said as (
          select incentive_id, event from incentive_event_log
          join unnest(
            ${sayings.map(({ incentiveId }) => incentiveId)}::uuid[], ${sayings.map(({ event }) => event)}::text[])
            as out (incentive_id, event) using (incentive_id, event)
          where published_at is null
          order by incentive_id, event
          for update of incentive_event_log
        )
        update incentive_event_log log set published_at = now() from said
        where (log.incentive_id, log.event) = (said.incentive_id, said.event)`,
    );
  },

  unpublished: (ageMs, incentivesMax) =>
    withPostgres(async () => {
      const rows = await sql<(IncentiveRow & { event: IncentiveEvent })[]>`
        select waiting.event, ${incentiveColumns(sql)}
        from (
          select incentive_id, event, recorded_at from incentive_event_log
          where published_at is null and recorded_at < now() - ${ageMs} * interval '1 millisecond'
          order by recorded_at, incentive_id limit ${incentivesMax}) waiting
        join incentives incentive using (incentive_id)
        order by waiting.recorded_at, waiting.incentive_id`;
      return rows.map(({ event, ...row }) => ({ event, incentive: toIncentive(row) }));
    }),
});

/** Notes in the transaction that makes it true what is to be said of incentives; what was noted before stays as it is. */
export const noteSayings = async (
  tx: Transaction,
  event: IncentiveEvent,
  incentives: readonly Pick<Incentive, 'incentiveId' | 'tenantId' | 'userId'>[],
): Promise<void> => {
  if (incentives.length === 0) return;
  await tx`
    insert into incentive_event_log (tenant_id, incentive_id, user_id, event)
    select tenant_id, incentive_id, user_id, ${event} from unnest(
      ${incentives.map(({ tenantId }) => tenantId)}::text[],
      ${incentives.map(({ incentiveId }) => incentiveId)}::uuid[],
      ${incentives.map(({ userId }) => userId)}::text[]) as made (tenant_id, incentive_id, user_id)
    order by incentive_id
    on conflict (incentive_id, event) do nothing`;
};
