import { rowsOf, type Transaction } from '../../driver/connect.ts';
import { type AuditResult, audit } from '../audit-result.ts';
import { archivedUsage, countedIncentives } from './incentive-subjects.ts';
import { type UsageRow, usageChangesIn, usageColumns } from './usage-sums.ts';

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
    ), stored as (
      select tenant_id, subject, period, 'count' as measure, sum(count) as used from used group by 1, 2, 3
      union all
      select tenant_id, subject, period, unit, amount from used where unit <> ''
    ), rated as (
      select tenant_id, subject, period, measure, coalesce(stored.used, 0) as stored, coalesce(due.used, 0) as due
      from stored full join due using (tenant_id, subject, period, measure)
    )
    select tenant_id, subject,
      string_agg(stored || ' ' || measure || ' ' || period, ', ' order by period, measure) filter (where stored <> due) as recorded,
      string_agg(due || ' ' || measure || ' ' || period, ', ' order by period, measure) filter (where stored <> due) as recomputed,
      bool_or(stored <> due) as is_wrong
    from rated group by tenant_id, subject`,
  );

/** Whether a day is after those of archived incentives, and its usage is kept. */
const isCompared = (tx: Transaction) =>
  tx`day > coalesce(last_day, '-infinity') and day >= (select kept_from from usage_days)`;

/**
 * Rows of usage equal the audit's sums plus the changes of later events. Reads no other incentive.
 */
export const auditUsageBySums = (
  tx: Transaction,
  rows: readonly UsageRow[],
): Promise<AuditResult> =>
  audit(
    tx,
    () => tx`
    with since as materialized (${usageChangesIn(tx, { after: tx`(select audited_log from audit_position)` })}), rated as (
      select wanted.*, array[coalesce(used.count, 0), coalesce(used.amount, 0)]::numeric[] as stored,
        array[sums.count + coalesce(since.count, 0), sums.amount + coalesce(since.amount, 0)]::numeric[] as due
      from ${rowsOf(tx, { wanted: rows }, usageColumns)}
      cross join lateral (
        select count, amount from usage_sums own where own.tenant_id = wanted.tenant_id
          and own.subject = wanted.subject and own.day = wanted.day and own.unit = wanted.unit limit 1) sums
      left join since using (tenant_id, subject, day, unit)
      left join lateral (
        select sum(count) as count, sum(amount) as amount from limit_usage own where own.tenant_id = wanted.tenant_id
          and own.subject = wanted.subject and own.day = wanted.day and own.unit = wanted.unit) used on true
      where day = '-infinity' or day >= (select kept_from from usage_days)
    )
    select tenant_id, subject || case when day = '-infinity' then ' in all' else ' on ' || day end as subject,
      stored[1] || ' incentives, ' || stored[2] || ' ' || unit as recorded,
      due[1] || ' incentives, ' || due[2] || ' ' || unit as recomputed, stored <> due as is_wrong
    from rated`,
  );
