import type { Fragment } from 'postgres';
import type { Transaction } from '../connect.ts';
import { type AuditResult, audit } from './audit-result.ts';
import { countedIncentives } from './incentive-subjects.ts';

/**
 * No cap that stands is passed by incentives that were given since it was set. Where nothing was given since, what was given before
 * may be more: a cap that is lowered takes nothing back. Of sliding windows, only days that were over before the one that is asked are added up.
 */
export const auditCaps = (tx: Transaction): Promise<AuditResult> =>
  audit(
    tx,
    () => tx`
    with cap as (${standingCaps(tx)}), daily as (
      select tenant_id, scope, subject, campaign_id, measure, day, sum(given) as given, max(issued_at) as last_at
      from (${countedIncentives(tx)}) counted group by 1, 2, 3, 4, 5, 6
    ), overall as (
      select tenant_id, scope, subject, campaign_id, measure, sum(given) as given, max(last_at) as last_at
      from daily group by 1, 2, 3, 4, 5
    ), used as (
      select daily.tenant_id, subject, measure, 'on ' || day as period, given, max_per_day as max, last_at > since as is_bound
      from daily join cap using (tenant_id, scope, measure)
      where cap.campaign_id is not distinct from daily.campaign_id and max_per_day is not null
      union all
      select overall.tenant_id, subject, measure, 'in all', given, max_total, last_at > since
      from overall join cap using (tenant_id, scope, measure)
      where cap.campaign_id is not distinct from overall.campaign_id and max_total is not null and window_days is null
      union all
      select asked.tenant_id, asked.subject, asked.measure, window_days || ' days until ' || asked.day,
        asked.given + coalesce(earlier.given, 0), max_total, asked.last_at > since
      from daily asked join cap using (tenant_id, scope, measure)
      cross join lateral (
        select sum(given) as given from daily earlier
        where earlier.tenant_id = asked.tenant_id and earlier.subject = asked.subject and earlier.measure = asked.measure
          and earlier.day < asked.day and earlier.day > asked.day - window_days
          and earlier.last_at < asked.last_at - ${slack}::interval) earlier
      where cap.campaign_id is not distinct from asked.campaign_id and max_total is not null and window_days is not null
    )
    select tenant_id, subject, given || ' ' || measure || ' ' || period as recorded, 'at most ' || max as recomputed,
      is_bound and given > max as is_wrong
    from used`,
  );

/** Longer than it takes from reading a cap to the commit of what was judged by it. */
const slack = '1 minute';

/** Caps by what they limit: rows of tenant_id, scope, campaign_id, measure, max_per_day, max_total, window_days and since. */
const standingCaps = (tx: Transaction): Fragment => tx`
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
