import type { Transaction } from '../../driver/connect.ts';
import { type AuditResult, audit } from '../audit-result.ts';
import type { IncentiveScope } from './incentive-scope.ts';

/**
 * Every claimed code belongs to one incentive, and every issued coupon has one; after a reversal
 * its code is void.
 */
export const auditCoupons = (
  tx: Transaction,
  { incentives, codes }: Pick<IncentiveScope, 'incentives' | 'codes'>,
): Promise<AuditResult> =>
  audit(
    tx,
    () => tx`
    with given as (
      select tenant_id, coupon_code as code, incentive_id, user_id, status from ${incentives} incentive
      where coupon_code is not null
        or (type = 'COUPON' and (status in ('ISSUED', 'EXPIRED') or (status = 'REVERSED' and refused_by is null)))
    )
    select tenant_id, 'coupon of incentive ' || coalesce(claimed.incentive_id, given.incentive_id) as subject,
      case when claimed.incentive_id is null then 'code not claimed'
        else claimed.code || case when voided_at is null then '' else ', void' end end as recorded,
      case when given.incentive_id is null then 'no such incentive'
        else coalesce(given.code, 'no code') || ', ' || given.status end as recomputed,
      archived.id is null and (claimed.incentive_id is null or given.incentive_id is null or claimed.code is distinct from given.code
        or given.status = 'REFUSED' or (given.status = 'REVERSED' and voided_at is null)) as is_wrong
    from (select * from ${codes} code where incentive_id is not null) claimed
    full join given using (tenant_id, incentive_id)
    left join lateral (
      select known.incentive_id as id from archived_incentives known
      where known.incentive_id = coalesce(claimed.incentive_id, given.incentive_id) limit 1) archived on true`,
  );
