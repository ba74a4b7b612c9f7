import type { Transaction } from '../driver/connect.ts';
import { type AuditResult, audit } from './audit-result.ts';
import { countedIncentives } from './incentive-subjects.ts';

/** What each subject has used, in all and by day, by count and by amount, is what its incentives add up to. */
export const auditUsage = (tx: Transaction): Promise<AuditResult> =>
  audit(
    tx,
    () => tx`
    with counted as (${countedIncentives(tx)}), due as (
      select tenant_id, subject, 'total' as period, measure, sum(given) as used from counted group by 1, 2, 4
      union all
      select tenant_id, subject, day::text, measure, sum(given) from counted group by 1, 2, 3, 4
    ), used as (
      select tenant_id, subject, case when day = '-infinity' then 'total' else day::text end as period, unit,
        sum(count) as count, sum(amount) as amount
      from limit_usage group by tenant_id, subject, day, unit
    ), held as (
      select tenant_id, subject, period, 'count' as measure, sum(count) as used from used group by 1, 2, 3
      union all
      select tenant_id, subject, period, unit, amount from used where unit <> ''
    ), judged as (
      select tenant_id, subject, period, measure, coalesce(held.used, 0) as held, coalesce(due.used, 0) as due
      from held full join due using (tenant_id, subject, period, measure)
    )
    select tenant_id, subject,
      string_agg(held || ' ' || measure || ' ' || period, ', ' order by period, measure) filter (where held <> due) as recorded,
      string_agg(due || ' ' || measure || ' ' || period, ', ' order by period, measure) filter (where held <> due) as recomputed,
      bool_or(held <> due) as is_wrong
    from judged group by tenant_id, subject`,
  );
