import type { Sql, Transaction } from '../driver/connect.ts';
import { fromRow, type RowOf } from '../driver/from-row.ts';
import type { RealTimeMember } from './real-time-members.ts';

type Name = Omit<RealTimeMember, 'customerId'>;

/** A period of a user; without `until`, it does not end. */
type Period = Readonly<{ customerId: string; since: Date; until: Date | undefined }>;

/** Whether the members of a cohort come and go by their actions. */
export const isRealTime = async (
  sql: Sql | Transaction,
  { tenantId, cohort }: Name,
): Promise<boolean> => {
  const { count } = await sql`
    select from cohorts where tenant_id = ${tenantId} and cohort = ${cohort} and kind = 'REAL_TIME'`;
  return count > 0;
};

/** Members of a real-time cohort at an instant, in the order of their ids. */
export const readRealTimeMembers = async (
  sql: Sql,
  { tenantId, cohort }: Name,
  { at, limit, after = '' }: Readonly<{ at: Date; limit: number; after?: string | undefined }>,
): Promise<readonly Period[]> => {
  const rows = await sql<RowOf<Period>[]>`
    select customer_id, lower(period) as since, upper(period) as until
    from real_time_members cross join unnest(periods) period
    where tenant_id = ${tenantId} and cohort = ${cohort} and customer_id > ${after} and period @> ${at}::timestamptz
    order by customer_id limit ${limit}`;
  return rows.map(fromRow<Period>);
};

/** The periods of a user in a real-time cohort, in order. */
export const realTimePeriodsOf = async (
  sql: Sql,
  { tenantId, cohort, customerId }: RealTimeMember,
): Promise<readonly Period[]> => {
  const rows = await sql<RowOf<Period>[]>`
    select customer_id, lower(period) as since, upper(period) as until
    from real_time_members cross join unnest(periods) period
    where tenant_id = ${tenantId} and cohort = ${cohort} and customer_id = ${customerId} order by since`;
  return rows.map(fromRow<Period>);
};
