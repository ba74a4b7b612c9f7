import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import type { CohortRules } from '#shared/domain/cohorts/cohort-rules.ts';
import type { Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';

/** A real-time cohort, as actions are evaluated against it. */
export type RealTimeCohort = Readonly<{ cohortId: string; cohort: string; rules: CohortRules }>;

/** The real-time cohorts of a tenant, and the newest schemas of its actions. */
export type TenantCohorts = Readonly<{
  timeZone: string;
  cohorts: readonly RealTimeCohort[];
  schemas: readonly ActionSchema[];
}>;

export type RealTimeCohorts = Readonly<{
  /**
   * Reads the cohorts of a tenant as of one moment; undefined where there are none, or no active
   * tenant.
   * @throws Unavailable when Postgres is not there.
   */
  load: (tenantId: string) => Promise<TenantCohorts | undefined>;
  /** The newest schemas of the actions of a tenant. */
  schemas: (tenantId: string) => Promise<ReadonlyMap<string, ActionSchema>>;
}>;

/** Reads the real-time cohorts of tenants. */
export const realTimeCohorts = (sql: Sql): RealTimeCohorts => ({
  load: async (tenantId) => {
    const [row] = await withPostgres(
      async () => sql<TenantCohorts[]>`
        select time_zone,
          (select json_agg(json_build_object('cohortId', cohort_id, 'cohort', cohort, 'rules', rules))
            from cohorts where cohorts.tenant_id = tenants.tenant_id and kind = 'REAL_TIME' and deleted_at is null) as cohorts,
          (${schemasOf(sql)}) as schemas
        from tenants
        where tenant_id = ${tenantId} and status = 'ACTIVE' and exists (
          select from cohorts where cohorts.tenant_id = tenants.tenant_id and kind = 'REAL_TIME' and deleted_at is null)`,
    );
    return row;
  },
  schemas: async (tenantId) => {
    const [row] = await withPostgres(
      async () => sql<Pick<TenantCohorts, 'schemas'>[]>`
        select (${schemasOf(sql)}) as schemas from tenants where tenant_id = ${tenantId}`,
    );
    return new Map(row?.schemas.map((schema) => [schema.action, schema]));
  },
});

const schemasOf = (sql: Sql) => sql`
  select coalesce(json_agg(json_build_object(
      'action', action_code, 'version', version, 'description', description, 'fields', fields)), '[]')
  from (select distinct on (action_code) * from actions
    where actions.tenant_id = tenants.tenant_id order by action_code, version desc) newest`;
