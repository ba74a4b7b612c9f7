/**
 * What a ladder counts: points earned, or minor units spent on orders in the ladder's currency;
 * both net of refunds.
 */
type TierMetric = 'earned' | 'spend';

/**
 * Over which orders it counts: all; those of today and the `days` − 1 local days before; those of
 * this local year.
 */
export type TierWindow = Readonly<
  { kind: 'lifetime' } | { kind: 'rolling'; days: number } | { kind: 'calendar-year' }
>;

/** A tier from a threshold of the metric on. */
export type Tier = Readonly<{ name: string; threshold: number; multiplierBp: number }>;

/**
 * One immutable version of a program's tiers, from `validFrom` on. Who reaches a threshold climbs
 * at once, from the next order on. Who stays below the threshold of the present tier for
 * `graceDays` local days falls, as `downgrade` says: never; by one level, and then again after as
 * long; or to the tier that the metric deserves.
 */
export type TierLadder = Readonly<{
  version: number;
  validFrom: Date;
  metric: TierMetric;
  currency: string;
  window: TierWindow;
  /**
   * Ascending by threshold, all above zero. Below the first there is no tier, and the multiplier is
   * 1.
   */
  tiers: readonly Tier[];
  graceDays: number;
  downgrade: 'never' | 'one-level' | 'to-metric';
  /** How many days before a fall the customer is told. */
  noticeDays: number;
}>;

/** Returns the version in force at an instant, or undefined before the first one began. */
export const ladderInForce = (ladders: readonly TierLadder[], at: Date): TierLadder | undefined => {
  let latest: TierLadder | undefined;
  for (const ladder of ladders) {
    const begun = ladder.validFrom <= at;
    if (begun && (latest === undefined || ladder.validFrom >= latest.validFrom)) latest = ladder;
  }
  return latest;
};
