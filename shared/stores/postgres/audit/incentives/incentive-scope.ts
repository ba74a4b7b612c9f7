import type { Fragment } from 'postgres';
import type { Transaction } from '../../driver/connect.ts';
import { recordedEntry } from '../../ledger/ledger-rows.ts';
import { type EntryRange, entriesIn } from '../audit-scope.ts';

/** The rows that checks of incentives look at: all, or all that belongs to some incentives. */
export type IncentiveScope = Readonly<{
  incentives: Fragment;
  log: Fragment;
  codes: Fragment;
  /** At least the entries that rewarded incentives and revoked rewards. */
  entries: Fragment;
}>;

/** Everything. */
export const everyIncentive = (tx: Transaction): IncentiveScope => ({
  incentives: tx`incentives`,
  log: tx`incentive_event_log`,
  codes: tx`coupon_codes`,
  entries: tx`points_ledger`,
});

/** Events of incentives by their numbers, the first one left out. */
export type EventRange = Readonly<{ after: number; until: number }>;

/** Everything about the incentives that have an event in a range. */
export const incentivesIn = (tx: Transaction, { after, until }: EventRange): IncentiveScope => {
  const touched = tx`
    select distinct incentive_id from incentive_event_log where log_no > ${after} and log_no <= ${until}`;
  const incentives = ownRows(tx, 'incentives', touched);
  return {
    incentives,
    log: ownRows(tx, 'incentive_event_log', touched),
    codes: ownRows(tx, 'coupon_codes', touched),
    entries: tx`(${recordedFor(
      tx,
      tx`select tenant_id, program, incentive_id::text from ${incentives} incentive where program is not null`,
    )})`,
  };
};

/** Everything about the rewards that entries of a range gave or revoked. */
export const rewardsIn = (
  tx: Transaction,
  range: EntryRange,
): Pick<IncentiveScope, 'incentives' | 'entries'> => {
  const own = tx`select * from ${entriesIn(tx, range)} entry where ${isOfReward(tx)}`;
  const touched = tx`
    select distinct tenant_id, program, ${rewardedId(tx)} as incentive_id from (${own}) own`;
  return {
    incentives: ownRows(
      tx,
      'incentives',
      tx`select distinct ${uuidOf(tx, tx`incentive_id`)} as incentive_id from (${touched}) touched`,
    ),
    entries: tx`
      (${own} union all
      select * from (${recordedFor(tx, touched)}) other
      where not (entry_no > ${range.after} and entry_no <= ${range.until}))`,
  };
};

/** Whether an entry gave a reward, revoked one, or left the points that were gone when revoked. */
export const isOfReward = (tx: Transaction): Fragment => tx`
  (kind in ('REWARD', 'REVOKE')
    or (kind = 'ADJUST' and counter_account in ('written-off', 'expired') and cause_id like 'REVOKE %'))`;

/** The id of the incentive that such an entry names. */
export const rewardedId = (tx: Transaction): Fragment => tx`
  case kind when 'ADJUST' then substring(cause_id from '^REVOKE (.*) (?:written-off|expired)$')
    else regexp_replace(cause_id, '[ #][0-9]+$', '') end`;

/** The id that a text is; null where it is none. */
export const uuidOf = (tx: Transaction, text: Fragment): Fragment =>
  tx`case when ${text} ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then ${text}::uuid end`;

const ownRows = (tx: Transaction, table: string, touched: Fragment): Fragment => tx`
  (select own.* from (${touched}) touched cross join lateral (
    select * from ${tx(table)} whole where whole.incentive_id = touched.incentive_id
    offset 0) own)`;

/**
 * The entries of rewards, each looked up by its key: a second reward too, and the parts of a
 * revocation, which are numbered from 2 without a gap.
 */
const recordedFor = (tx: Transaction, rewards: Fragment): Fragment => tx`
  select own.* from (
    select tenant_id, program, effect.* from (${rewards}) reward cross join lateral (
      values ('REWARD', incentive_id), ('REWARD', incentive_id || ' 2'),
        ('ADJUST', 'REVOKE ' || incentive_id || ' written-off'), ('ADJUST', 'REVOKE ' || incentive_id || ' expired')
      union all (
        with recursive part (number, cause_id) as (
          select 2, reward.incentive_id
          union all
          select number + 1, reward.incentive_id || ' ' || number from part
          where exists (select from ledger_keys
            where key = ledger_key(reward.tenant_id, reward.program, 'REVOKE', part.cause_id))
        )
        select 'REVOKE', cause_id from part)
    ) effect (kind, cause_id)
  ) wanted cross join lateral (${recordedEntry(tx)}) own`;
