import type { Transaction } from '../../driver/connect.ts';
import { type AuditResult, audit } from '../audit-result.ts';
import type { IncentiveScope } from './incentive-scope.ts';

/**
 * Every change of an incentive is in the log, so it is published or will be; nothing else is in it.
 */
export const auditIncentiveLog = (
  tx: Transaction,
  { incentives, log }: Pick<IncentiveScope, 'incentives' | 'log'>,
): Promise<AuditResult> =>
  audit(
    tx,
    () => tx`
    with logged as (
      select incentive_id, string_agg(event, ', ' order by event) as events from ${log} log group by incentive_id
    ), rated as (
      select tenant_id, incentive_id, status, coalesce(events, 'nothing') as events, case
        when status = 'ISSUED' then 'generated' when status = 'REFUSED' then 'refused' when status = 'EXPIRED' then 'expired, generated'
        when refused_by is null then 'generated, reversed' end as due
      from ${incentives} incentive left join logged using (incentive_id)
    )
    select tenant_id, 'incentive ' || incentive_id as subject, events as recorded, coalesce(due, 'not generated') as recomputed,
      case when due is null then events like '%generated%' else events <> due end as is_wrong
    from rated`,
  );
