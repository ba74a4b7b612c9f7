import type { ActionLoad } from '#shared/domain/campaigns/campaign-load.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import type { CampaignKey } from './campaign-rows.ts';

/**
 * Whether a campaign may still count events: one that ignores late ones does not once every event
 * of its window would be late.
 */
export const mayCount = (sql: Sql | Transaction) => sql`
  campaigns.status = 'ACTIVE' and (rule_json #>> '{lateness,policy}' = 'count'
    or end_at + (rule_json #>> '{lateness,afterSeconds}')::bigint * interval '1 second' > now())`;

/**
 * Reads the load of the other active campaigns of a tenant per action, and locks the tenant, so
 * that two campaigns cannot take the same room. Actions that no campaign uses are omitted.
 */
export const lockActionLoads = async (
  tx: Transaction,
  { tenantId, campaignId }: CampaignKey,
  actions: readonly string[],
): Promise<readonly ActionLoad[]> => {
  await tx`select from tenants where tenant_id = ${tenantId} for no key update`;
  return tx<ActionLoad[]>`
    select action, count(*)::integer as campaigns,
      coalesce(sum((clause_costs ->> action)::bigint), 0)::bigint as cost,
      sum(length(rule_json::text))::bigint as characters
    from campaigns, unnest(actions) action
    where tenant_id = ${tenantId} and campaign_id <> ${campaignId} and action = any(${actions}::text[])
      and ${mayCount(tx)}
    group by action order by action`;
};
