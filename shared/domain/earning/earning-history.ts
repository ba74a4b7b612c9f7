import { addDays, startOfPeriod } from '../time/local-time.ts';
import type { EarningOrder } from './earning-order.ts';
import { ladderInForce, type TierLadder, type TierWindow } from './tier-ladder.ts';

/** Points earned, and minor units of what is left of orders by currency. */
export type EarningTotals = Readonly<{
  earned: number;
  spend: Readonly<Record<string, number>>;
}>;

/**
 * The totals of a customer's orders: lifetime, and by local date for as far back as anything needs.
 */
export type EarningHistory = Readonly<{
  lifetime: EarningTotals;
  days: Readonly<Record<string, EarningTotals>>;
}>;

export const emptyHistory: EarningHistory = { lifetime: { earned: 0, spend: {} }, days: {} };

/**
 * Adds an order and its points to the day it was placed on, and to all there ever was. Sums beyond
 * `sumMax` are not to be stored.
 */
export const addToHistory = (
  { lifetime, days }: EarningHistory,
  localDate: string,
  rated: Readonly<{ order: EarningOrder; points: number }>,
): EarningHistory => ({
  lifetime: added(lifetime, rated),
  days: { ...days, [localDate]: added(days[localDate] ?? emptyHistory.lifetime, rated) },
});

const added = (
  { earned, spend }: EarningTotals,
  { order, points }: Readonly<{ order: EarningOrder; points: number }>,
): EarningTotals => {
  const spent = (spend[order.currency] ?? 0) + order.amountMinor;
  return { earned: earned + points, spend: { ...spend, [order.currency]: spent } };
};

/** Returns the points earned on a local date and so far in its month. */
export const earnedAround = (
  { days }: EarningHistory,
  localDate: string,
): Readonly<{ earnedOnDay: number; earnedInMonth: number }> => {
  const month = localDate.slice(0, 7);
  let earnedInMonth = 0;
  for (const [date, { earned }] of Object.entries(days)) {
    if (date.startsWith(month)) earnedInMonth += earned;
  }
  return { earnedOnDay: days[localDate]?.earned ?? 0, earnedInMonth };
};

/** Returns what a ladder counts, over its window on a local date. */
export const metricOn = (
  ladder: TierLadder,
  { lifetime, days }: EarningHistory,
  localDate: string,
): number => {
  const { window } = ladder;
  const valueOf = countedBy(ladder);
  if (window.kind === 'lifetime') return valueOf(lifetime);
  const from = windowStart(window, localDate);
  let sum = 0;
  for (const [date, totals] of Object.entries(days)) {
    if (date >= from) sum += valueOf(totals);
  }
  return sum;
};

const countedBy =
  ({ metric, currency }: TierLadder) =>
  ({ earned, spend }: EarningTotals): number =>
    metric === 'earned' ? earned : (spend[currency] ?? 0);

/** What a ladder counts on one local date after the other. */
export type CountedWindows = Readonly<{
  metricOn: (localDate: string) => number;
  /**
   * The next local date on which a window leaves behind something that it counts now, if there is
   * one.
   */
  nextLossOn: (localDate: string) => string | undefined;
}>;

/**
 * Prepares what a ladder counts on many dates: it sums n days once, when first asked, and then
 * takes a search of O(log n) per date, where `metricOn` reads all n.
 */
export const countWindows = (
  ladder: TierLadder,
  { lifetime, days }: EarningHistory,
): CountedWindows => {
  const { window } = ladder;
  const valueOf = countedBy(ladder);
  if (window.kind === 'lifetime')
    return { metricOn: () => valueOf(lifetime), nextLossOn: () => undefined };
  let summed: readonly CountedDay[] | undefined;
  const oldestOn = (localDate: string) => {
    summed ??= sumDays(days, valueOf);
    return firstFrom(summed, windowStart(window, localDate));
  };
  return {
    metricOn: (localDate) => oldestOn(localDate)?.sum ?? 0,
    nextLossOn: (localDate) => {
      const oldest = oldestOn(localDate)?.date;
      if (oldest === undefined) return undefined;
      return window.kind === 'rolling'
        ? addDays(oldest, window.days)
        : startOfPeriod(oldest, 'year', 1);
    },
  };
};

/** A day with orders, and what is counted from it on. */
type CountedDay = Readonly<{ date: string; sum: number }>;

/** The days in order of date. */
const sumDays = (
  days: EarningHistory['days'],
  valueOf: (totals: EarningTotals) => number,
): readonly CountedDay[] => {
  let sum = 0;
  return Object.entries(days)
    .sort(([one], [other]) => (one < other ? 1 : -1))
    .map(([date, totals]) => ({ date, sum: (sum += valueOf(totals)) }))
    .reverse();
};

/** The first day from a date on, by binary search. */
const firstFrom = (days: readonly CountedDay[], from: string): CountedDay | undefined => {
  let [low, high] = [0, days.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((days[middle]?.date ?? from) < from) low = middle + 1;
    else high = middle;
  }
  return days[low];
};

type LimitedWindow = Exclude<TierWindow, Readonly<{ kind: 'lifetime' }>>;

/** The first local date in a window that ends on a date. */
const windowStart = (window: LimitedWindow, localDate: string): string =>
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

/** Forgets the days before a local date. */
export const keepFrom = ({ lifetime, days }: EarningHistory, from: string): EarningHistory => {
  const kept = Object.keys(days).filter((date) => date >= from);
  // Copying a year of days costs more than all the rest, and most orders leave no day behind.
  if (kept.length === Object.keys(days).length) return { lifetime, days };
  return {
    lifetime,
    days: Object.fromEntries(kept.map((date) => [date, days[date] ?? emptyHistory.lifetime])),
  };
};
