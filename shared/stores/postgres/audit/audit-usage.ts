import type { Transaction } from '../connect.ts';
import { type AuditResult, audit } from './audit-result.ts';
import { countedIncentives } from './incentive-subjects.ts';

/** Days that a cap may ask for: those must be kept, older ones may be. */
const askedDays = 366;

/** What each subject has used, in all and by day, by count and by amount, is what its incentives add up to. */
export const auditUsage = (tx: Transaction): Promise<AuditResult> =>
  audit(
    tx,
    () => tx`
    with counted as (${countedIncentives(tx)}), due as (
      select tenant_id, subject, 'total' as period, measure, sum(given) as used from counted group by 1, 2, 4
      union all
      select tenant_id, subject, day::text, measure, sum(given) from counted group by 1, 2, 3, 4
    ), tally as (
      select tenant_id, subject, 'total' as period, total as tally from limit_usage
      union all
      select tenant_id, subject, key, value from limit_usage, jsonb_each(days)
    ), held as (
      select tenant_id, subject, period, 'count' as measure, (tally ->> 'count')::numeric as used from tally
      union all
      select tenant_id, subject, period, key, value::numeric from tally, jsonb_each_text(tally -> 'amounts')
    ), judged as (
      select tenant_id, subject, period, measure, coalesce(held.used, 0) as held, coalesce(due.used, 0) as due
      from held full join due using (tenant_id, subject, period, measure)
      where period = 'total' or period > (current_date - ${askedDays}::integer)::text
        or (tenant_id, subject, period) in (select tenant_id, subject, period from tally)
    )
    select tenant_id, subject,
      string_agg(held || ' ' || measure || ' ' || period, ', ' order by period, measure) filter (where held <> due) as recorded,
      string_agg(due || ' ' || measure || ' ' || period, ', ' order by period, measure) filter (where held <> due) as recomputed,
      bool_or(held <> due) as is_wrong
    from judged group by tenant_id, subject`,
  );
