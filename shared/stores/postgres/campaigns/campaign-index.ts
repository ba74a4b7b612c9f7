import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import type { Campaign } from '#shared/domain/campaigns/campaign.ts';
import { campaignsPerActionMax } from '#shared/domain/campaigns/campaign-load.ts';
import type { Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';
import type { Tenant } from '../tenants/tenant-store.ts';
import { mayCount } from './action-loads.ts';
import { toTerms } from './terms-rows.ts';

type IndexedTenant = Pick<Tenant, 'tenantId' | 'timeZone' | 'status'>;

/** Everything that determines which campaigns evaluate an event of a tenant. */
export type CampaignIndex = Readonly<{
  tenant: IndexedTenant;
  /** Grows with every change of the campaigns of the tenant and of the schemas of its actions. */
  revision: number;
  /** Those that are ACTIVE and may still count events, however late they come. */
  campaigns: readonly Campaign[];
  /** The newest schema by action: whatever fits an older one fits it too. */
  schemas: ReadonlyMap<string, ActionSchema>;
}>;

export type CampaignIndexes = Readonly<{
  /**
   * Reads the index of a tenant as of one moment, or what is in it for one action; undefined when
   * there is no such tenant. Of an action those come first that have the first priority, and no
   * more than may be active: what was activated before there was a limit is left out.
   * @throws Unavailable when Postgres is not there.
   */
  load: (tenantId: string, action?: string) => Promise<CampaignIndex | undefined>;
  /**
   * Reads the row that shows whether an index is still current.
   * @throws Unavailable when Postgres is not there.
   */
  readHead: (tenantId: string) => Promise<Pick<CampaignIndex, 'tenant' | 'revision'> | undefined>;
}>;

/** Reads the campaigns of tenants as evaluation needs them. */
export const campaignIndex = (sql: Sql): CampaignIndexes => ({
  load: async (tenantId, action) => {
    const [row] = await withPostgres(async () => readIndex(sql, tenantId, action));
    if (row === undefined) return undefined;
    const { campaigns, schemas, revision, ...tenant } = row;
    return {
      tenant,
      revision,
      campaigns: campaigns.map(({ terms, ...campaign }) => ({
        ...campaign,
        terms: toTerms(terms),
        tenantId,
        status: 'ACTIVE',
      })),
      schemas: new Map(schemas.map((schema) => [schema.action, schema])),
    };
  },
  readHead: async (tenantId) => {
    const [row] = await withPostgres(
      async () =>
        sql<Head[]>`select ${headColumns(sql)} from tenants where tenant_id = ${tenantId}`,
    );
    if (row === undefined) return undefined;
    const { revision, ...tenant } = row;
    return { tenant, revision };
  },
});

type Head = IndexedTenant & Readonly<{ revision: number }>;

type Row = Head &
  Readonly<{
    campaigns: readonly (Pick<Campaign, 'campaignId' | 'version'> & { terms: unknown })[];
    schemas: readonly ActionSchema[];
  }>;

const headColumns = (sql: Sql) => sql`
  tenant_id, time_zone, status, campaigns_revision as revision`;

const readIndex = (sql: Sql, tenantId: string, action: string | undefined) => sql<Row[]>`
  select ${headColumns(sql)},
    (select coalesce(json_agg(json_build_object(
        'campaignId', campaign_id, 'version', version, 'terms', rule_json) order by campaign_id), '[]')
      from (select * from campaigns
        where campaigns.tenant_id = tenants.tenant_id and ${mayCount(sql)}
          ${action === undefined ? sql`` : sql`and ${action} = any(actions) ${firstOf(sql)}`}) asking) as campaigns,
    (select coalesce(json_agg(json_build_object(
        'action', action_code, 'version', version, 'description', description, 'fields', fields)), '[]')
      from (select distinct on (action_code) * from actions
        where actions.tenant_id = tenants.tenant_id ${action === undefined ? sql`` : sql`and action_code = ${action}`}
        order by action_code, version desc) newest) as schemas
  from tenants where tenant_id = ${tenantId}`;

const firstOf = (sql: Sql) => sql`
  order by (rule_json ->> 'priority')::integer, campaign_id limit ${campaignsPerActionMax}`;
