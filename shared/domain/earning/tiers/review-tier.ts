import { assert } from '../../assert.ts';
import type { WalletKey } from '../../ledger/wallet-key.ts';
import { addDays, localDateOf, startOfLocalDate } from '../../time/local-time.ts';
import { metricOn } from '../earning-history.ts';
import { type EarningState, notBeforeLast } from '../earning-state.ts';
import type { Earning } from '../program.ts';
import type { TierGrant } from './tier-grant.ts';
import { ladderInForce, type TierLadder } from './tier-ladder.ts';
import { type TierStatus, tierStatus } from './tier-status.ts';

/** A program at an instant. */
export type Moment = Readonly<{ earning: Earning; now: Date }>;

/** The result of the last review of a customer's tier. */
type TierRecord = Readonly<{
  tier: string | undefined;
  /** When that tier falls if no order comes; undefined: never. */
  fallsAt: Date | undefined;
  /** The fall that the customer was notified of. */
  notifiedOf: Date | undefined;
}>;

/** A locked record, and what the orders so far mean. */
export type LockedTier = WalletKey &
  TierRecord &
  Readonly<{ state: EarningState; grants: readonly TierGrant[] }>;

/** The result of a review. */
export type TierReview = Readonly<{
  record: TierRecord;
  /** Present where the tier is not the one recorded. `on` is the local date of `since`. */
  change?: Readonly<{ to: string | undefined; since: Date; on: string }>;
  /** Present where a fall is near that the customer was not notified of. */
  fall?: TierFall;
}>;

/** That a tier falls soon unless more is earned or spent. */
export type TierFall = Readonly<{
  from: string;
  to: string | undefined;
  fallsAt: Date;
  ladder: TierLadder;
  metric: number;
  missing: number;
  /** When it was found. */
  at: Date;
}>;

/**
 * Returns up to when customers are notified of a fall, by the ladder in effect; undefined before
 * the first one began.
 */
export const noticeUntil = ({ earning, now }: Moment): Date | undefined => {
  const { timeZone, program } = earning;
  const ladder = ladderInForce(program.ladders, now);
  return (
    ladder && startOfLocalDate(timeZone, addDays(localDateOf(timeZone, now), ladder.noticeDays))
  );
};

/**
 * Finds a customer's tier now, whether it changed, and whether a downgrade is near of which the
 * customer was not notified. Each change and each downgrade is found once, however often this runs.
 */
export const reviewTier = (locked: LockedTier, { earning, now }: Moment): TierReview => {
  const at = notBeforeLast(locked.state, now);
  const status = tierStatus(earning, { ...locked.state, grants: locked.grants }, at);
  const { tier, fallsAt, since = at } = status;
  const near = nearFall(fallsAt, noticeUntil({ earning, now }));
  const isNews = near !== undefined && near.getTime() !== locked.notifiedOf?.getTime();
  const change = { to: tier, since, on: localDateOf(earning.timeZone, since) };
  return {
    record: { tier, fallsAt, notifiedOf: near ?? locked.notifiedOf },
    ...(tier !== locked.tier && { change }),
    ...(isNews && { fall: fallOf(locked, { earning, at, fallsAt: near, status }) }),
  };
};

const nearFall = (fallsAt: Date | undefined, until: Date | undefined): Date | undefined =>
  fallsAt !== undefined && until !== undefined && fallsAt <= until ? fallsAt : undefined;

type Near = Readonly<{ earning: Earning; at: Date; fallsAt: Date; status: TierStatus }>;

const fallOf = (
  { state }: LockedTier,
  { earning: { program, timeZone }, at, fallsAt, status }: Near,
): TierFall => {
  const ladder = ladderInForce(program.ladders, at);
  const tier = ladder?.tiers[status.level - 1];
  assert(ladder && tier, 'a tier that is lost exists');
  const metric = metricOn(ladder, state, localDateOf(timeZone, fallsAt));
  const missing = tier.threshold - metric;
  return { from: tier.name, to: status.fallsTo, fallsAt, ladder, metric, missing, at };
};
