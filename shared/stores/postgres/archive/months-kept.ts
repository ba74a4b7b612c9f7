import type { Fragment } from 'postgres';
import type { Sql } from '../driver/connect.ts';

/**
 * How long records of a tenant are kept after their month, in a query that left-joins the tenant's
 * row in `retention`: the value of the row, or `months` without one; null: forever.
 */
export const monthsKept = (sql: Sql, months: number | null): Fragment =>
  sql`case when retention.tenant_id is null then ${months}::integer else retention.months end`;
