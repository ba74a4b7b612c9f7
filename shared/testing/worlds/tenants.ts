import { randomUUID } from 'node:crypto';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';

/** Adds a new tenant. */
export const newTenant = async (sql: Sql, tenantId = `t-${randomUUID()}`): Promise<string> => {
  await sql`insert into tenants (tenant_id, name, currency) values (${tenantId}, 'T', 'INR')`;
  return tenantId;
};

/** The change log of a tenant, oldest first. */
export const changesOf = (sql: Sql, tenantId: string) => sql`
  select subject, action, resource, before, after from audit_log
  where tenant_id = ${tenantId} order by audit_no`;
