import type { Transaction } from '../driver/connect.ts';
import { type AuditResult, audit } from './audit-result.ts';
import { archivedUsage, countedIncentives } from './incentive-subjects.ts';

/**
 * The usage of each subject, in total and by day, by count and by amount, equals the sum of its
 * incentives. Days of archived incentives were compared before, and so were those whose usage was
 * deleted.
 */
export const auditUsage = (tx: Transaction): Promise<AuditResult> =>
  audit(
    tx,
    () => tx`
    with archived as (${archivedUsage(tx)}), archived_days as (
      select distinct tenant_id, subject, last_day from archived
    ), counted as (
      select tenant_id, subject, day, measure, given from (${countedIncentives(tx)}) present
    ), due as (
      select tenant_id, subject, 'total' as period, measure, sum(given) as used from (
        select tenant_id, subject, measure, given from counted
        union all
        select tenant_id, subject, measure, given from archived
      ) overall group by 1, 2, 4
      union all
      select tenant_id, subject, day::text, measure, sum(given)
      from counted left join archived_days using (tenant_id, subject) where ${isCompared(tx)} group by 1, 2, 3, 4
    ), used as (
      select tenant_id, subject, case when day = '-infinity' then 'total' else day::text end as period, unit,
        sum(count) as count, sum(amount) as amount
      from limit_usage left join archived_days using (tenant_id, subject)
      where day = '-infinity' or ${isCompared(tx)} group by 1, 2, 3, 4
    ), held as (
      select tenant_id, subject, period, 'count' as measure, sum(count) as used from used group by 1, 2, 3
      union all
      select tenant_id, subject, period, unit, amount from used where unit <> ''
    ), rated as (
      select tenant_id, subject, period, measure, coalesce(held.used, 0) as held, coalesce(due.used, 0) as due
      from held full join due using (tenant_id, subject, period, measure)
    )
    select tenant_id, subject,
      string_agg(held || ' ' || measure || ' ' || period, ', ' order by period, measure) filter (where held <> due) as recorded,
      string_agg(due || ' ' || measure || ' ' || period, ', ' order by period, measure) filter (where held <> due) as recomputed,
      bool_or(held <> due) as is_wrong
    from rated group by tenant_id, subject`,
  );

/** Whether a day is after those of archived incentives, and its usage is kept. */
const isCompared = (tx: Transaction) =>
  tx`day > coalesce(last_day, '-infinity') and day >= (select kept_from from usage_days)`;
