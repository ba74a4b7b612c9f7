import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Transaction } from '../driver/connect.ts';
import { endless } from '../ledger/balance-snapshots.ts';
import { entrySums, ledgerSums } from '../ledger/ledger-openings.ts';
import { wantedWallets } from '../ledger/lock-wallets.ts';
import { type AuditResult, addUp, audit } from './audit-result.ts';
import type { AuditScope } from './audit-scope.ts';

type SumsScope = Pick<AuditScope, 'entries' | 'openings' | 'sums' | 'snapshots'>;

/** Selects what the entries of wallets and those that are archived add up to. */
export const sumsWithOpenings = (
  tx: Transaction,
  { entries, openings }: Pick<AuditScope, 'entries' | 'openings'>,
) => tx`
  select tenant_id, customer_id, program, sum(entries) as entries, sum(points) as points,
    sum(pending) as pending, sum(lifetime) as lifetime
  from (${ledgerSums(tx, entries)} union all
    select tenant_id, customer_id, program, entries, points, pending, lifetime from ${openings} opening) part
  group by tenant_id, customer_id, program`;

/** The stored sums of wallets and their snapshots equal the sums of the entries up to there. */
export const auditSums = async (tx: Transaction, scope: SumsScope): Promise<AuditResult> =>
  addUp([await auditWalletSums(tx, scope), await auditSnapshots(tx, scope)]);

const auditWalletSums = (tx: Transaction, { entries, openings, sums }: SumsScope) =>
  audit(
    tx,
    () => tx`
    with added as (
      ${sumsWithOpenings(tx, {
        entries: tx`(select * from ${entries} own where entry_no <= (select summed_entry from ledger_position))`,
        openings,
      })}
    ), due as (
      select tenant_id, customer_id, program, array[entries, points, pending, lifetime]::numeric[] as due from added
    ), stored as (
      select tenant_id, customer_id, program, array[entries, points, pending, lifetime]::numeric[] as stored
      from ${sums} sums
    )
    select tenant_id, program || ' sums of ' || customer_id as subject, coalesce(stored::text, 'no sums') as recorded,
      coalesce(due::text, 'no entries') as recomputed, stored is distinct from due as is_wrong
    from stored full join due using (tenant_id, customer_id, program)`,
  );

const auditSnapshots = (tx: Transaction, { entries, openings, snapshots }: SumsScope) =>
  audit(
    tx,
    () => tx`
    with line as (
      select tenant_id, customer_id, program, entry_no, 
        coalesce(sum(points) filter (where account = 'available') over passed, 0) as points,
        coalesce(sum(points) filter (where account = 'pending') over passed, 0)
          - coalesce(sum(points) filter (where counter_account = 'pending') over passed, 0) as pending
      from ${entries} entry
      where (tenant_id, customer_id, program) in (select tenant_id, customer_id, program from ${snapshots} snapshot)
      window passed as (partition by tenant_id, customer_id, program order by entry_no)
    ), due as (
      select tenant_id, customer_id, program, entry_no, line.points + coalesce(opening.points, 0) as points,
        line.pending + coalesce(opening.pending, 0) as pending
      from line left join ${openings} opening using (tenant_id, customer_id, program)
    )
    select tenant_id, program || ' snapshot of ' || customer_id || ' at ' || entry_no as subject,
      snapshot.points || ' points, ' || snapshot.pending || ' pending' as recorded,
      coalesce(due.points || ' points, ' || due.pending || ' pending', 'no such entry') as recomputed,
      (due.points, due.pending) is distinct from (snapshot.points, snapshot.pending) as is_wrong
    from ${snapshots} snapshot left join due using (tenant_id, customer_id, program, entry_no)`,
  );

/**
 * The balance of each wallet is its stored sums plus the entries since, and its reserved points
 * are those of open reservations. Reads no other entry of the wallet.
 */
export const auditBalancesBySums = (
  tx: Transaction,
  keys: readonly WalletKey[],
): Promise<AuditResult> =>
  audit(
    tx,
    () => tx`
    with rated as (
      select wanted.*, array[balance.points, balance.pending, balance.reserved, balance.lifetime]::numeric[] as stored,
        array[sums.points + since.points, sums.pending + since.pending, open.reserved,
          sums.lifetime + since.lifetime]::numeric[] as due
      from ${wantedWallets(tx, keys)}
      cross join lateral (
        select * from account_sums own where own.tenant_id = wanted.tenant_id
          and own.customer_id = wanted.customer_id and own.program = wanted.program limit 1
      ) sums
      left join lateral (
        select * from points_balances own where own.tenant_id = wanted.tenant_id
          and own.customer_id = wanted.customer_id and own.program = wanted.program limit 1
      ) balance on true
      cross join lateral (
        select ${entrySums(tx)} from points_ledger entry where entry.tenant_id = wanted.tenant_id and entry.customer_id = wanted.customer_id
          and entry.program = wanted.program and entry_no > (select summed_entry from ledger_position)
          and entry_no <= ${endless}
      ) since
      cross join lateral (
        select coalesce(sum(points), 0) as reserved from redemptions redemption
        where redemption.tenant_id = wanted.tenant_id and redemption.customer_id = wanted.customer_id
          and redemption.program = wanted.program and status = 'RESERVED'
      ) open
    )
    select tenant_id, program || ' ' || customer_id as subject,
      coalesce('points, pending, reserved, ever: ' || stored::text, 'no balance') as recorded,
      'points, pending, reserved, ever: ' || due::text as recomputed, stored is distinct from due as is_wrong
    from rated`,
  );
