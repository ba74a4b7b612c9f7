import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import { type CampaignTerms, stepsOf } from '#shared/domain/campaigns/campaign.ts';
import type { Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';

/** The things that a campaign's terms name and that exist. */
export type CampaignReferences = Readonly<{
  /** The newest schema of each of its actions that has one. */
  schemas: ReadonlyMap<string, ActionSchema>;
  /**
   * The unit of the program that it rewards into; undefined where there is no such program, or none
   * is named.
   */
  programUnit: string | undefined;
  /** Whether its cohort exists, or has or had members without being created; not once deleted. */
  hasCohort: boolean;
  hasPool: boolean;
}>;

/** Finds what terms name, as it is now; undefined where there is no such tenant. */
export type ReadReferences = (
  tenantId: string,
  terms: CampaignTerms,
) => Promise<CampaignReferences | undefined>;

type Row = Readonly<{
  schemas: readonly ActionSchema[];
  programUnit: string | null;
  hasCohort: boolean;
  hasPool: boolean;
}>;

/** Reads what the terms of campaigns name. */
export const campaignReferences =
  (sql: Sql): ReadReferences =>
  async (tenantId, terms) => {
    const { reward, cohort = null } = terms;
    const actions = stepsOf(terms).map(({ action }) => action);
    const program = (reward.type === 'COUPON' ? undefined : reward.program) ?? null;
    const pool = reward.type === 'COUPON' ? reward.pool : null;
    const [row] = await withPostgres(
      async () => sql<Row[]>`
        select
          (select coalesce(json_agg(json_build_object(
              'action', action_code, 'version', version, 'description', description, 'fields', fields)), '[]')
            from (select distinct on (action_code) * from actions
              where tenant_id = ${tenantId} and action_code = any(${actions}::text[])
              order by action_code, version desc) newest) as schemas,
          (select unit from programs where tenant_id = ${tenantId} and program = ${program}) as program_unit,
          coalesce(
            (select deleted_at is null from cohorts where tenant_id = ${tenantId} and cohort = ${cohort}),
            exists (select from cohort_members where tenant_id = ${tenantId} and cohort = ${cohort})) as has_cohort,
          exists (select from coupon_pools where tenant_id = ${tenantId} and pool = ${pool}) as has_pool
        from tenants where tenant_id = ${tenantId}`,
    );
    if (row === undefined) return undefined;
    const schemas = new Map(row.schemas.map((schema) => [schema.action, schema]));
    return { ...row, schemas, programUnit: row.programUnit ?? undefined };
  };
