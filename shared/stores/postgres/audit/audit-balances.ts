import type { Fragment } from 'postgres';
import type { Transaction } from '../driver/connect.ts';
import { lotMovements } from '../ledger/ledger-openings.ts';
import { type AuditResult, audit } from './audit-result.ts';
import type { AuditScope } from './audit-scope.ts';
import { sumsWithOpenings } from './audit-sums.ts';

/**
 * Every balance is the sum of its customer's entries, and its reserved points are those of open
 * reservations; includes customers with only one of the two.
 */
export const auditBalances = (
  tx: Transaction,
  scope: Pick<AuditScope, 'entries' | 'openings' | 'balances' | 'redemptions'>,
): Promise<AuditResult> =>
  audit(
    tx,
    () => tx`
    with entries as (
      ${sumsWithOpenings(tx, scope)}
    ), reservations as (
      select tenant_id, customer_id, program, sum(points) as reserved
      from ${scope.redemptions} redemption where status = 'RESERVED' group by tenant_id, customer_id, program
    ), rated as (
      select tenant_id, customer_id, program, balance.version, entries.points is null as has_no_entries,
        array[balance.points, balance.pending, balance.reserved, balance.lifetime]::numeric[] as stored,
        array[coalesce(entries.points, 0), coalesce(entries.pending, 0), coalesce(reservations.reserved, 0),
          coalesce(entries.lifetime, 0)] as due
      from ${scope.balances} balance
      full join entries using (tenant_id, customer_id, program)
      left join reservations using (tenant_id, customer_id, program)
    )
    select tenant_id, program || ' ' || customer_id as subject,
      case when version is null then 'no balance' else ${amounts(tx, 'stored')} end as recorded,
      case when has_no_entries then 'no entries' else ${amounts(tx, 'due')} end as recomputed,
      version is null or stored <> due or (has_no_entries and version > 0) as is_wrong
    from rated`,
  );

const amounts = (tx: Transaction, column: string): Fragment => tx`
  ${tx(column)}[1] || ' points, ' || ${tx(column)}[2] || ' pending, ' || ${tx(column)}[3] || ' reserved, '
    || ${tx(column)}[4] || ' ever'`;

/**
 * Every lot is the sum of its movements, is never negative, and its reserved points equal those of
 * open reservations; what expired in it equals its EXPIRE entries. An empty lot needs no row, and
 * the lot that never expires has none: it is the balance less all other lots.
 */
export const auditLots = (
  tx: Transaction,
  scope: Pick<AuditScope, 'entries' | 'lotOpenings' | 'lots' | 'lapsed' | 'redemptions'>,
): Promise<AuditResult> =>
  audit(
    tx,
    () => tx`
    with movement as (
      ${lotMovements(tx, scope.entries)}
      union all
      select tenant_id, customer_id, program, lot_id, account, points, nullif(expires_at, 'infinity'), expired
      from ${scope.lotOpenings} opening
    ), moved as (
      select tenant_id, customer_id, program, lot_id, account, sum(points) as points, sum(expired) as expired,
        case when count(distinct coalesce(expires_at, 'infinity')) = 1 then min(expires_at) else '-infinity' end as expires_at
      from movement group by tenant_id, customer_id, program, lot_id, account
    ), reservations as (
      select tenant_id, customer_id, program, (part ->> 'lotId')::uuid as lot_id, 'available' as account,
        sum((part ->> 'points')::bigint) as reserved
      from ${scope.redemptions} redemption, jsonb_array_elements(lots) part
      where status = 'RESERVED' group by tenant_id, customer_id, program, part ->> 'lotId'
    ), rated as (
      select tenant_id, customer_id, program, lot_id, account, lot.points is null as has_no_row,
        moved.points is null as has_no_entries, moved.expires_at as expires_by_entries,
        case when lot.points is null then coalesce(lapsed.expires_at, moved.expires_at) else lot.expires_at end as expires_at,
        array[coalesce(lot.points, 0), coalesce(lot.reserved, 0), coalesce(lapsed.points, 0)]::numeric[] as stored,
        array[coalesce(moved.points, 0), coalesce(reservations.reserved, 0), coalesce(moved.expired, 0)] as due
      from ${scope.lots} lot
      full join (select *, 'available' as account from ${scope.lapsed} own where points <> 0) lapsed using (tenant_id, customer_id, program, lot_id, account)
      full join moved using (tenant_id, customer_id, program, lot_id, account)
      left join reservations using (tenant_id, customer_id, program, lot_id, account)
    )
    select tenant_id, program || ' ' || customer_id || ' ' || account || ' lot ' || lot_id as subject,
      case when has_no_row then 'no lot' else ${contents(tx, 'stored')} || coalesce(expires_at::text, 'never') end as recorded,
      case when has_no_entries then 'no entries' when stored[1] < 0 then 'a lot cannot owe points'
        when stored[2] > stored[1] then 'a lot cannot reserve what it does not hold'
        else ${contents(tx, 'due')} || coalesce(expires_by_entries::text, 'never') end as recomputed,
      has_no_entries or stored <> due or stored[1] < 0 or stored[2] > stored[1]
        or expires_at is distinct from expires_by_entries or expires_by_entries = '-infinity' as is_wrong
    from rated`,
  );

const contents = (tx: Transaction, column: string): Fragment => tx`
  ${tx(column)}[1] || ' points, ' || ${tx(column)}[2] || ' reserved, ' || ${tx(column)}[3] || ' lapsed, lapses '`;
