import type { Usage } from '#shared/domain/limits/usage.ts';
import type { Sql } from './connect.ts';
import type { UsageKey } from './limit-usage.ts';
import { withPostgres } from './postgres-error.ts';

/** What a subject has used, as Postgres has it. */
export type StandingUsage = UsageKey &
  Readonly<{
    usage: Usage;
    /** It has not changed for longer than settling takes, so the counters should know it. */
    isSettled: boolean;
  }>;

export type StandingUsages = Readonly<{
  /** The usage of these subjects, in no order; of one that never used anything there is none. */
  find: (keys: readonly UsageKey[]) => Promise<readonly StandingUsage[]>;
  /** The next subjects of all tenants, in the order of their keys: each that stands throughout is met once. */
  page: (after: UsageKey | undefined, usagesMax: number) => Promise<readonly StandingUsage[]>;
}>;

/** How much of all limits is used, by key. */
export const standingUsages = (sql: Sql): StandingUsages => ({
  find: async (keys) => {
    if (keys.length === 0) return [];
    return withPostgres(async () => {
      const rows = await sql<Row[]>`
        select ${columns(sql)}
        from unnest(
          ${keys.map(({ tenantId }) => tenantId)}::text[], ${keys.map(({ subject }) => subject)}::text[])
          as wanted (tenant_id, subject)
        join limit_usage using (tenant_id, subject)`;
      return rows.map(toStanding);
    });
  },

  page: (after, usagesMax) =>
    withPostgres(async () => {
      const rows = await sql<Row[]>`
        select ${columns(sql)} from limit_usage
        where (tenant_id, subject) > (${after?.tenantId ?? ''}, ${after?.subject ?? ''})
        order by tenant_id, subject
        limit ${usagesMax}`;
      return rows.map(toStanding);
    }),
});

type Row = UsageKey & Usage & Pick<StandingUsage, 'isSettled'>;

const columns = (sql: Sql) => sql`
  tenant_id as "tenantId", subject, total, days, version, updated_at < now() - interval '10 seconds' as "isSettled"`;

const toStanding = ({ tenantId, subject, isSettled, ...usage }: Row): StandingUsage => ({
  tenantId,
  subject,
  isSettled,
  usage,
});
