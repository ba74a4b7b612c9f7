import type { Fragment } from 'postgres';
import type { Sql } from '../driver/connect.ts';

/**
 * How long records of a tenant stay after their month, in a query that left-joins the tenant's row
 * in `retention`: what the row says, and `months` without one; null for ever.
 */
export const monthsKept = (sql: Sql, months: number | null): Fragment =>
  sql`case when retention.tenant_id is null then ${months}::integer else retention.months end`;
