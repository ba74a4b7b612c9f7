import type { Transaction } from '../driver/connect.ts';
import { isArchived } from '../ledger/ledger-rows.ts';
import { type AuditResult, audit } from './audit-result.ts';
import type { AuditScope } from './audit-scope.ts';

/** All points of a reservation are reserved in lots, and only committed points were redeemed. */
export const auditReservations = (
  tx: Transaction,
  { redemptions }: Pick<AuditScope, 'redemptions'>,
): Promise<AuditResult> =>
  audit(
    tx,
    () => tx`
    with rated as (
      select *, case when status = 'RESERVED' then
        coalesce((select sum((part ->> 'points')::bigint) from jsonb_array_elements(lots) part), 0) end as in_lots,
        exists (select from points_balances balance where balance.tenant_id = redemptions.tenant_id
          and balance.customer_id = redemptions.customer_id and balance.program = redemptions.program) as has_balance
      from ${redemptions} redemptions
    )
    select tenant_id, program || ' redemption ' || redemption_id as subject,
      points || ' points, ' || status || ', ' || committed || ' committed' as recorded,
      case when not has_balance then 'no balance' when in_lots <> points then in_lots || ' points in lots'
        else 'nothing can be committed' end as recomputed,
      not has_balance or in_lots is distinct from (case when status = 'RESERVED' then points end)
        or (status <> 'COMMITTED' and committed > 0) as is_wrong
    from rated`,
  );

/**
 * The redeemed points of a wallet equal what its redemptions committed, one by one. Parts of one
 * after the first are named `id 2` and so on, in older ones `id#2`.
 */
export const auditRedeemed = (
  tx: Transaction,
  scope: Pick<AuditScope, 'entries' | 'redemptions'>,
): Promise<AuditResult> =>
  audit(
    tx,
    () => tx`
    with ledger as (
      select entry.tenant_id, entry.program, entry.customer_id, -sum(entry.points) as points,
        coalesce(whole.redemption_id, regexp_replace(cause_id, '[ #][0-9]+$', '')) as redemption_id
      from ${scope.entries} entry
      left join redemptions whole on whole.tenant_id = entry.tenant_id and whole.redemption_id = cause_id
      where kind = 'REDEEM' group by 1, 2, 3, 5
    ), committed as (
      select tenant_id, program, customer_id, redemption_id, committed as points from ${scope.redemptions} redemption where committed > 0
    )
    select tenant_id, program || ' redemption ' || redemption_id || ' of ' || customer_id as subject,
      coalesce(ledger.points, 0) || ' points redeemed' as recorded,
      coalesce(committed.points, archived.committed, 0) || ' points committed' as recomputed,
      coalesce(ledger.points, 0) <> coalesce(committed.points, archived.committed, 0) and not ${isArchived(
        tx,
        {
          tenantId: tx`tenant_id`,
          program: tx`program`,
          kind: tx`'REDEEM'`,
          causeId: tx`redemption_id`,
        },
      )} as is_wrong
    from ledger full join committed using (tenant_id, program, customer_id, redemption_id)
    left join archived_redemptions archived using (tenant_id, redemption_id)`,
  );

/** Transferred points arrive. Parts are named like those of a redemption. */
export const auditTransfers = (
  tx: Transaction,
  { entries }: Pick<AuditScope, 'entries'>,
): Promise<AuditResult> =>
  audit(
    tx,
    () => tx`
    select tenant_id, program || ' transfer ' || transfer_id as subject,
      given || ' points given' as recorded, got || ' points got' as recomputed, given <> got as is_wrong
    from (
      select tenant_id, program, regexp_replace(cause_id, '( in)?([ #][0-9]+)?$', '') as transfer_id,
        coalesce(-sum(points) filter (where points < 0), 0) as given, coalesce(sum(points) filter (where points > 0), 0) as got
      from ${entries} entry where kind = 'TRANSFER' group by 1, 2, 3
    ) transfer`,
  );

/** No points expire before their time. */
export const auditExpiries = (
  tx: Transaction,
  { entries }: Pick<AuditScope, 'entries'>,
): Promise<AuditResult> =>
  audit(
    tx,
    () => tx`
    select tenant_id, program || ' expiry ' || cause_id as subject, occurred_at::text as recorded,
      coalesce('not before ' || expires_at, 'never') as recomputed,
      expires_at is null or occurred_at < expires_at as is_wrong
    from ${entries} entry where kind = 'EXPIRE'`,
  );
