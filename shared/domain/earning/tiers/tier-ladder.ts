import { addDays, startOfPeriod } from '../../time/local-time.ts';

/**
 * What a ladder counts: points earned, or minor units spent on orders in the ladder's currency;
 * both net of refunds.
 */
type TierMetric = 'earned' | 'spend';

/**
 * Over which orders it counts: all; those of today and the `days` − 1 local days before; those of
 * this local year.
 */
type TierWindow = Readonly<
  { kind: 'lifetime' } | { kind: 'rolling'; days: number } | { kind: 'calendar-year' }
>;

/** A tier from a threshold of the metric on. */
export type Tier = Readonly<{ name: string; threshold: number; multiplierBp: number }>;

/**
 * One immutable version of a program's tiers, from `validFrom` on. A customer who reaches a
 * threshold is promoted from the next order on. A customer who stays below the threshold of the
 * current tier for `graceDays` local days is downgraded as `downgrade` defines: never; by one
 * level, and again after the same time; or to the tier of the metric.
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
  /** How many days before a downgrade the customer is notified. */
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

type LimitedWindow = Exclude<TierWindow, Readonly<{ kind: 'lifetime' }>>;

/** Returns the first local date in a window that ends on a date. */
export const windowStart = (window: LimitedWindow, localDate: string): string =>
  window.kind === 'rolling'
    ? addDays(localDate, 1 - window.days)
    : startOfPeriod(localDate, 'year');

/**
 * A program with tiers keeps as many days as the longest window takes, so that a later ladder may
 * look further back than this one.
 */
const windowDaysMax = 366;

/** Returns the first local date that any window can look back to from a date. */
export const yearBefore = (localDate: string): string => addDays(localDate, 1 - windowDaysMax);

/**
 * Returns the first local date that is needed from an order on: that of its month for the caps,
 * those of their windows for current and future ladders, and a year for later ones.
 */
export const neededFrom = (
  ladders: readonly TierLadder[],
  placedAt: Date,
  localDate: string,
): string => {
  const present = ladderInForce(ladders, placedAt);
  let from = startOfPeriod(localDate, 'month');
  if (ladders.length > 0) from = yearBefore(localDate);
  for (const ladder of ladders) {
    if (ladder.window.kind === 'lifetime') continue;
    const start = windowStart(ladder.window, localDate);
    if ((ladder === present || ladder.validFrom > placedAt) && start < from) from = start;
  }
  return from;
};

/**
 * The position of a customer on a ladder. Instants are ISO strings, so that it goes to JSON and
 * back unchanged.
 */
export type TierState = Readonly<{
  /** The version of the ladder. */
  ladder?: number | undefined;
  /** Absent below the first tier. */
  tier?: string | undefined;
  /**
   * When the current tier, or the time without a tier after one, began; absent for a customer who
   * never had a tier.
   */
  since?: string | undefined;
  /** The local date at whose start the tier falls, unless the metric recovers before. */
  fallsOn?: string | undefined;
}>;

/** Returns the level of the named tier of a ladder: 0 for none. */
export const levelOf = ({ tiers }: TierLadder, name: string | undefined): number =>
  tiers.findIndex((tier) => tier.name === name) + 1;

/** Returns the higher of two tiers of a ladder by their names; undefined where it has neither. */
export const higherTier = (
  ladder: TierLadder | undefined,
  ...names: readonly (string | undefined)[]
): Tier | undefined => ladder?.tiers[Math.max(...names.map((name) => levelOf(ladder, name))) - 1];

/** Returns the level that a metric reaches. */
export const deservedLevel = ({ tiers }: TierLadder, metric: number): number =>
  tiers.filter(({ threshold }) => threshold <= metric).length;

/** Whether a metric is below the threshold of the tier of a state. */
export const isBelow = (ladder: TierLadder, state: TierState, metric: number): boolean =>
  deservedLevel(ladder, metric) < levelOf(ladder, state.tier);

/** Returns the state at another level from an instant on. */
export const atLevel = ({ version, tiers }: TierLadder, level: number, since: Date): TierState => ({
  ladder: version,
  tier: tiers[level - 1]?.name,
  since: since.toISOString(),
});

/** Returns the state without a pending downgrade. */
export const holding = (state: TierState): TierState =>
  state.fallsOn === undefined ? state : { ...state, fallsOn: undefined };

/**
 * Takes an order into account: promotes to the level that the metric reaches with it, or cancels a
 * pending downgrade.
 */
export const climb = (
  ladder: TierLadder,
  state: TierState,
  { metric, at }: Readonly<{ metric: number; at: Date }>,
): TierState => {
  const deserved = deservedLevel(ladder, metric);
  const level = levelOf(ladder, state.tier);
  if (deserved > level) return atLevel(ladder, deserved, at);
  return deserved === level ? holding(state) : state;
};

/**
 * Moves a state to another version of the ladder: to its tier of the same name, or a higher one if
 * the metric reaches it; without a tier of that name, to the tier that the metric reaches. A
 * downgrade that was due under the old version is cancelled; the grace period starts over.
 */
export const moveToLadder = (
  ladder: TierLadder,
  state: TierState,
  { metric, at }: Readonly<{ metric: number; at: Date }>,
): TierState => {
  const level = Math.max(levelOf(ladder, state.tier), deservedLevel(ladder, metric));
  const moved = atLevel(ladder, level, at);
  return moved.tier === state.tier ? { ...moved, since: state.since } : moved;
};
