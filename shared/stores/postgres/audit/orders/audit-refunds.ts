import type { Transaction } from '../../driver/connect.ts';
import { recordedEntry } from '../../ledger/ledger-rows.ts';
import { type AuditResult, audit } from '../audit-result.ts';
import type { AuditScope } from '../audit-scope.ts';
import { correctedOrders } from './order-sources.ts';

/**
 * No order is refunded beyond its amount or in another currency, and no refund took more than
 * requested, or was applied without an order. Archived orders were audited before.
 */
export const auditRefunds = (
  tx: Transaction,
  scope: Pick<AuditScope, 'earned' | 'refunds'>,
): Promise<AuditResult> =>
  audit(
    tx,
    () => tx`
    with taken as (
      select tenant_id, order_id, sum(applied_minor) as minor, min(currency) as currency,
        bool_or(currency <> first_currency) as is_mixed, bool_or(applied_minor > amount_minor) as is_exceeded,
        bool_or(status <> 'APPLIED' and applied_minor > 0) as is_early
      from (select *, min(currency) over (partition by tenant_id, order_id) as first_currency from ${scope.refunds} whole
        where status = 'APPLIED' or applied_minor > 0) refund
      group by tenant_id, order_id
    ), paid as (
      select tenant_id, cause_id as order_id, min(amount_minor) as minor, min(currency) as currency
      from ${scope.earned} earn where kind = 'EARN' and (tenant_id, cause_id) in (select tenant_id, order_id from taken)
      group by tenant_id, cause_id
    )
    select tenant_id, 'order ' || order_id as subject,
      case when is_mixed then 'refunded in several currencies' when is_exceeded then 'a refund took more than it asked for'
        when is_early then 'a refund that was not applied took something'
        else taken.minor || ' ' || coalesce(taken.currency, '') || ' refunded' end as recorded,
      case when paid.minor is null then 'no such order'
        else 'of ' || paid.minor || ' ' || coalesce(paid.currency, '') end as recomputed,
      (paid.minor is null and not exists (
          select from programs join archived_orders on key = ledger_key(programs.tenant_id, program, 'EARN', order_id)
          where programs.tenant_id = taken.tenant_id))
        or taken.minor > paid.minor or taken.currency <> paid.currency
        or is_mixed is true or is_exceeded is true or is_early as is_wrong
    from taken left join paid using (tenant_id, order_id)`,
  );

/** No order is corrected that was not paid. */
export const auditCorrections = (
  tx: Transaction,
  scope: Pick<AuditScope, 'corrected'>,
): Promise<AuditResult> =>
  audit(
    tx,
    () => tx`
    with wanted as (
      select *, 'EARN' as kind, order_id as cause_id from (${correctedOrders(tx, scope)}) corrected
    )
    select tenant_id, program || ' ' || coalesce(order_id, 'no order') as subject,
      points || ' points of corrections' as recorded, 'no such order' as recomputed,
      not exists (${recordedEntry(tx)}) and not exists (
        select from archived_orders where key = ledger_key(tenant_id, program, kind, cause_id)) as is_wrong
    from wanted`,
  );
