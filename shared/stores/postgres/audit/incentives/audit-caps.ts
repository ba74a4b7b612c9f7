import type { Fragment } from 'postgres';
import { rowsOf, type Transaction } from '../../driver/connect.ts';
import { type AuditResult, audit } from '../audit-result.ts';
import { archivedUsage, countedIncentives, scopeOfSubject } from './incentive-subjects.ts';
import { type UsageRow, usageColumns } from './usage-sums.ts';

/** The incentives of subjects: by day and in total, for each scope, campaign and measure. */
type GivenScope = Readonly<{ daily: Fragment; overall: Fragment }>;

/**
 * No cap is exceeded by incentives that were issued since it was set: on no day, in no sliding
 * window, and not in total. If none was issued since, earlier ones may exceed it, because lowering
 * a cap reverses nothing. Archived incentives count in total; their days were audited before. A
 * window is fullest when it ends on a day that is used.
 */
export const auditCaps = (
  tx: Transaction,
  { daily, overall }: GivenScope = allGiven(tx),
): Promise<AuditResult> =>
  audit(
    tx,
    () => tx`
    with cap as materialized (${currentCaps(tx)}), daily as (${daily}), overall as (${overall}
    ), used as (
      select daily.tenant_id, subject, measure, 'on ' || day as period, given, max_per_day as max, last_at > since as is_bound
      from daily join cap using (tenant_id, scope, measure)
      where cap.campaign_id is not distinct from daily.campaign_id and max_per_day is not null
      union all
      select overall.tenant_id, subject, measure, 'in all', given, max_total, last_at > since
      from overall join cap using (tenant_id, scope, measure)
      where cap.campaign_id is not distinct from overall.campaign_id and max_total is not null and window_days is null
      union all
      select last.tenant_id, last.subject, last.measure, window_days || ' days until ' || last.day,
        sum(each.given), max_total, max(each.last_at) > since
      from daily last join cap using (tenant_id, scope, measure)
      join daily each on each.tenant_id = last.tenant_id and each.subject = last.subject and each.measure = last.measure
        and each.day > last.day - window_days and each.day <= last.day
      where cap.campaign_id is not distinct from last.campaign_id and max_total is not null and window_days is not null
      group by last.tenant_id, last.subject, last.measure, last.day, window_days, max_total, since
    )
    select tenant_id, subject, given || ' ' || measure || ' ' || period as recorded, 'at most ' || max as recomputed,
      is_bound and given > max as is_wrong
    from used`,
  );

/** The amounts of all incentives; archived ones in total only. */
const allGiven = (tx: Transaction): GivenScope => ({
  daily: tx`
    select tenant_id, scope, subject, campaign_id, measure, day, sum(given) as given, max(issued_at) as last_at
    from (${countedIncentives(tx)}) counted group by 1, 2, 3, 4, 5, 6`,
  overall: tx`
    select tenant_id, scope, subject, campaign_id, measure, sum(given) as given, max(last_at) as last_at
    from (
      select tenant_id, scope, subject, campaign_id, measure, given, last_at from daily
      union all
      select tenant_id, scope, subject, campaign_id, measure, given, '-infinity' from (${archivedUsage(tx)}) archived
    ) counted group by 1, 2, 3, 4, 5`,
});

/**
 * The audit's sums for the subjects of some rows: in total, and on all days of the windows that
 * contain the day of a row.
 */
export const givenBySums = (tx: Transaction, rows: readonly UsageRow[]): GivenScope => {
  const touched = tx`
    select tenant_id, subject, min(day) filter (where day > '-infinity') as first_day, max(day) as last_day
    from ${rowsOf(tx, { row: rows }, usageColumns)} group by 1, 2`;
  const measured = (days: Fragment, period: Fragment) => tx`
    select own.tenant_id, scope, own.subject, campaign_id, measure, ${period} sum(given) as given, max(last_at) as last_at
    from (select *, ${scopeOfSubject(tx)} from (${touched}) touched) touched
    cross join lateral (
      select coalesce(max(window_days), 1) - 1 as around from cap where cap.tenant_id = touched.tenant_id) longest
    cross join lateral (
      select * from usage_sums sums where sums.tenant_id = touched.tenant_id and sums.subject = touched.subject
        and ${days} offset 0) own
    cross join lateral (values ('count', count), (nullif(unit, ''), amount)) as measured (measure, given)
    where measure is not null
    group by own.tenant_id, scope, own.subject, campaign_id, ${period} measure`;
  return {
    daily: measured(
      tx`day between first_day - around::integer and last_day + around::integer`,
      tx`own.day,`,
    ),
    overall: measured(tx`day = '-infinity'`, tx``),
  };
};

/** Longer than it takes from reading a cap to the commit of what was decided by it. */
const slack = '1 minute';

/**
 * Caps by what they limit: rows of tenant_id, scope, campaign_id, measure, max_per_day, max_total,
 * window_days and since.
 */
const currentCaps = (tx: Transaction): Fragment => tx`
  with document as (
    select tenant_id, scope, null::uuid as campaign_id, updated_at as set_at, window_days, amounts,
      max_per_day as count_per_day, max_total as count_total, null::text as budget_measure, null::numeric as budget
    from limits
    union all
    select tenant_id, scope, campaign_id, version.created_at, (caps ->> 'windowDays')::integer, coalesce(caps -> 'amounts', '{}'),
      (caps ->> 'maxPerDay')::numeric, (caps ->> 'maxTotal')::numeric, null, null
    from campaigns join campaign_versions version using (tenant_id, campaign_id, version)
    cross join lateral (values ('CAMPAIGN', terms #> '{limits,overall}'), ('CAMPAIGN_USER', terms #> '{limits,perUser}')) as limited (scope, caps)
    where caps is not null
    union all
    select tenant_id, 'CAMPAIGN', campaign_id, version.created_at, null, '{}', null, null,
      case terms #>> '{reward,type}' when 'POINTS' then 'POINTS' when 'COUPON' then 'count' else terms #>> '{reward,currency}' end,
      (terms #>> '{limits,budget}')::numeric
    from campaigns join campaign_versions version using (tenant_id, campaign_id, version)
    where terms #> '{limits,budget}' is not null
  )
  select tenant_id, scope, campaign_id, measure, max_per_day, max_total, window_days, set_at + ${slack}::interval as since
  from document cross join lateral (
    select 'count' as measure, count_per_day as max_per_day, count_total as max_total
    union all
    select key, (value ->> 'maxPerDay')::numeric, (value ->> 'maxTotal')::numeric from jsonb_each(amounts)
    union all
    select budget_measure, null, budget where budget is not null
  ) by_measure
  where max_per_day is not null or max_total is not null`;
