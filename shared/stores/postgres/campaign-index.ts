import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import type { Campaign } from '#shared/domain/campaigns/campaign.ts';
import { mayCount } from './action-loads.ts';
import type { Sql } from './connect.ts';
import { withPostgres } from './postgres-error.ts';
import type { Tenant } from './tenant-store.ts';
import { toTerms } from './terms-rows.ts';

/** Everything that decides which campaigns ask for an event of a tenant. */
export type CampaignIndex = Readonly<{
  tenant: Pick<Tenant, 'tenantId' | 'timeZone' | 'status'>;
  /** Those that are ACTIVE and may still count events, however late they come. */
  campaigns: readonly Campaign[];
  /** The newest schema by action: whatever fits an older one fits it too. */
  schemas: ReadonlyMap<string, ActionSchema>;
}>;

export type CampaignIndexes = Readonly<{
  /**
   * Reads the index of a tenant as of one moment; undefined when there is no such tenant.
   * @throws Unavailable when Postgres is not there.
   */
  load: (tenantId: string) => Promise<CampaignIndex | undefined>;
}>;

/** Reads the campaigns of tenants as evaluation needs them. */
export const campaignIndex = (sql: Sql): CampaignIndexes => ({
  load: async (tenantId) => {
    const [row] = await withPostgres(async () => readIndex(sql, tenantId));
    if (row === undefined) return undefined;
    const { campaigns, schemas, ...tenant } = row;
    return {
      tenant,
      campaigns: campaigns.map(({ terms, ...campaign }) => ({
        ...campaign,
        terms: toTerms(terms),
        tenantId,
        status: 'ACTIVE',
      })),
      schemas: new Map(schemas.map((schema) => [schema.action, schema])),
    };
  },
});

type Row = CampaignIndex['tenant'] &
  Readonly<{
    campaigns: readonly (Pick<Campaign, 'campaignId' | 'version'> & { terms: unknown })[];
    schemas: readonly ActionSchema[];
  }>;

const readIndex = (sql: Sql, tenantId: string) => sql<Row[]>`
  select tenant_id as "tenantId", time_zone as "timeZone", status,
    (select coalesce(json_agg(json_build_object(
        'campaignId', campaign_id, 'version', version, 'terms', rule_json) order by campaign_id), '[]')
      from campaigns
      where campaigns.tenant_id = tenants.tenant_id and ${mayCount(sql)}) as campaigns,
    (select coalesce(json_agg(json_build_object(
        'action', action_code, 'version', version, 'description', description, 'fields', fields)), '[]')
      from (select distinct on (action_code) * from actions
        where actions.tenant_id = tenants.tenant_id order by action_code, version desc) newest) as schemas
  from tenants where tenant_id = ${tenantId}`;
