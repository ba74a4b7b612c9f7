import type { Correlation } from '#shared/domain/correlation.ts';
import type { Incentive } from '#shared/domain/incentives/incentive.ts';
import type { Sql } from '../driver/connect.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import { recordIncentiveEvents } from './incentive-log.ts';
import { type IncentiveRow, incentiveColumns, toIncentive } from './incentive-rows.ts';

/** Which incentives to look for: issued ones of a tenant that are due to expire. */
type IncentivesDue = Readonly<{
  tenantId: string;
  now: Date;
  /** Under which their expiry is published. */
  correlation?: Correlation | undefined;
  /** Bounds the transaction. */
  incentivesMax: number;
}>;

export type ExpiringIncentives = Readonly<{
  /**
   * Expires due incentives, the oldest first, and records their events for publication, in one
   * transaction; returns them. They end at their date, no matter when this runs. Each expires once
   * or is reversed: incentives that another transaction has locked are skipped, and fewer than
   * requested means that no more are due, apart from these.
   * @throws Unavailable when Postgres is not there; nothing is known then, and repeating is safe.
   */
  expire: (due: IncentivesDue) => Promise<readonly Incentive[]>;
  /**
   * The oldest date of an issued incentive that has come, among active tenants; undefined when
   * there is none.
   */
  oldestDue: (now: Date) => Promise<Date | undefined>;
}>;

/** Expiry of incentives. */
export const expiringIncentives = (sql: Sql): ExpiringIncentives => ({
  expire: ({ tenantId, now, correlation, incentivesMax }) =>
    inTransaction(sql, async (tx) => {
      const rows = await tx<IncentiveRow[]>`
        with due as (
          select incentive_id from incentives
          where tenant_id = ${tenantId} and status = 'ISSUED' and expires_at <= ${now}
          order by expires_at limit ${incentivesMax}
          for update skip locked
        )
        update incentives incentive set status = 'EXPIRED', ended_at = expires_at
        from due where incentive.incentive_id = due.incentive_id
        returning ${incentiveColumns(tx)}`;
      const expired = rows.map(toIncentive);
      const events = expired.map((incentive) => ({ ...incentive, event: 'expired' as const }));
      await recordIncentiveEvents(tx, events, () => correlation);
      return expired;
    }),

  oldestDue: async (now) => {
    const [row] = await withPostgres(
      async () => sql<{ oldest: Date | null }[]>`
        select min(first.expires_at) as oldest from tenants cross join lateral (
          select expires_at from incentives
          where incentives.tenant_id = tenants.tenant_id and incentives.status = 'ISSUED' and expires_at <= ${now}
          order by expires_at limit 1) first
        where tenants.status = 'ACTIVE'`,
    );
    return row?.oldest ?? undefined;
  },
});
