import type { Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';

/**
 * A request for another tenant's resource: the caller, and the tenant or the ids whose tenant has
 * to be looked up.
 */
type Refusal = Readonly<{
  caller: Readonly<{ tenantId: string; subject: string }>;
  method: string;
  path: string;
  tenantId: string | undefined;
  ids: readonly string[];
}>;

/** Index rows have a maximum size, paths do not. */
const pathMax = 500;

/**
 * Records in the change log of the caller's tenant a request for another tenant's resource: its
 * path names the tenant, or contains an id that belongs to it. Unknown ids record nothing.
 */
export const accessAudit =
  (sql: Sql) =>
  async ({ caller, method, path, tenantId, ids }: Refusal): Promise<void> => {
    const { tenantId: own, subject } = caller;
    const resource = `${method} ${path.slice(0, pathMax)}`;
    const asked =
      ids.length > 0 ? ownerOf(sql, own, ids) : sql`select ${tenantId ?? null}::text as tenant_id`;
    await withPostgres(
      async () => sql`
        insert into audit_log (tenant_id, subject, action, resource, after)
        select ${own}, ${subject}, 'access.refused', ${resource}, jsonb_strip_nulls(jsonb_build_object('tenantId', asked.tenant_id))
        from (${asked}) asked`,
    );
  };

/**
 * Another tenant that has something of such an id, of all that has ids which no two tenants share.
 */
const ownerOf = (sql: Sql, own: string, ids: readonly string[]) => sql`
  select tenant_id from (
    select tenant_id from campaigns where campaign_id = any(${ids}::uuid[])
    union all select tenant_id from cohorts where cohort_id = any(${ids}::uuid[])
    union all select tenant_id from incentives where incentive_id = any(${ids}::uuid[])
    union all select tenant_id from archived_incentives where incentive_id = any(${ids}::uuid[])
    union all select tenant_id from webhooks where webhook_id = any(${ids}::uuid[])
    union all (${redemptionOwners(sql, 'redemptions', ids)})
    union all (${redemptionOwners(sql, 'archived_redemptions', ids)})) owners
  where tenant_id <> ${own} order by tenant_id limit 1`;

/**
 * Tenants that have redemptions of such ids, each tenant looked up by its key: an index by id alone
 * would make every redemption more expensive for the sake of refused requests.
 */
const redemptionOwners = (sql: Sql, table: string, ids: readonly string[]) => sql`
  select tenants.tenant_id from tenants cross join lateral (
    select from ${sql(table)} own
    where own.tenant_id = tenants.tenant_id and own.redemption_id = any(${ids}::text[])
    limit 1) own`;
