import type { Transaction } from '../../driver/connect.ts';
import { isArchived } from '../../ledger/ledger-rows.ts';
import { type AuditResult, audit } from '../audit-result.ts';
import { type IncentiveScope, isOfReward, rewardedId, uuidOf } from './incentive-scope.ts';

/**
 * Every incentive that credits a program is in the ledger once, with its amount, for its user and
 * program; a reversed one is reversed completely; only points that the customer no longer had were
 * written off. Nothing is rewarded or revoked without an incentive. Parts of one entry after the
 * first are named `id 2` and so on, in older ones `id#2`. What was archived was audited before.
 */
export const auditRewards = (
  tx: Transaction,
  { incentives, entries }: Pick<IncentiveScope, 'incentives' | 'entries'>,
): Promise<AuditResult> => {
  const effect = { tenantId: tx`tenant_id`, program: tx`program`, causeId: tx`incentive_id` };
  return audit(
    tx,
    () => tx`
    with ledger as (
      select tenant_id, program, customer_id, incentive_id, count(*) filter (where kind = 'REWARD') as rewards,
        coalesce(sum(points) filter (where kind = 'REWARD'), 0) as given,
        coalesce(-sum(points) filter (where kind = 'REVOKE'), 0) as taken,
        coalesce(sum(points) filter (where kind = 'ADJUST'), 0) as written_off,
        bool_or(kind <> 'ADJUST' and counter_account <> 'rewarded') as is_misposted
      from (
        select *, ${rewardedId(tx)} as incentive_id from ${entries} whole where ${isOfReward(tx)}
      ) entry
      group by tenant_id, program, customer_id, incentive_id
    ), due as (
      select tenant_id, program, user_id as customer_id, incentive_id::text, status, reward_amount as given,
        case status when 'REVERSED' then reward_amount else 0 end as taken
      from ${incentives} incentive where program is not null and type <> 'COUPON'
        and (status in ('ISSUED', 'EXPIRED') or (status = 'REVERSED' and refused_by is null))
    )
    select tenant_id, program || ' incentive ' || incentive_id || ' of ' || customer_id as subject,
      case when is_misposted then 'from another account than rewarded' when rewards > 1 then 'given ' || rewards || ' times'
        when written_off > ledger.taken then written_off || ' points written off, of ' || ledger.taken || ' taken back'
        else coalesce(ledger.given, 0) || ' points given, ' || coalesce(ledger.taken, 0) || ' taken back' end as recorded,
      case when due.status is null then 'nothing was to be given'
        else due.given || ' points given, ' || due.taken || ' taken back' end as recomputed,
      archived.id is null and (due.status is null or coalesce(rewards, 0) <> 1 or ledger.given <> due.given or ledger.taken <> due.taken
        or written_off > ledger.taken or is_misposted)
        and not ${isArchived(tx, { ...effect, kind: tx`'REWARD'` })} and not ${isArchived(tx, { ...effect, kind: tx`'REVOKE'` })} as is_wrong
    from ledger full join due using (tenant_id, program, customer_id, incentive_id)
    left join lateral (
      select known.incentive_id as id from archived_incentives known
      where known.incentive_id = ${uuidOf(tx, tx`coalesce(ledger.incentive_id, due.incentive_id)`)} limit 1) archived on true`,
  );
};
