import { addDays, daysBetween, startOfPeriod } from '../time/local-time.ts';
import type { EarningOrder } from './earning-order.ts';
import { type TierLadder, windowStart } from './tiers/tier-ladder.ts';

/** Points earned, and minor units of what is left of orders by currency. */
export type EarningTotals = Readonly<{
  earned: number;
  spend: Readonly<Record<string, number>>;
}>;

/**
 * The local dates with orders, and what the orders of all dates before each of them add up to. So
 * what a span of dates adds up to is a difference of two numbers, found in O(log n), and an order
 * changes nothing here unless it is the first of its date.
 */
export type EarningDays = Readonly<{
  /** Ascending, in days since 1970-01-01. */
  on: readonly number[];
  /** Points earned before each date. */
  earned: readonly number[];
  /** Minor units spent before each date; a currency that came up on the last date has no column. */
  spend: Readonly<Record<string, readonly number[]>>;
}>;

/**
 * The totals of a customer's orders: lifetime, and by local date as far back as caps and tiers
 * need.
 */
export type EarningHistory = Readonly<{ lifetime: EarningTotals; days: EarningDays }>;

const noDays: EarningDays = { on: [], earned: [], spend: {} };

export const emptyHistory: EarningHistory = { lifetime: { earned: 0, spend: {} }, days: noDays };

/**
 * Adds an order and its points to the day on which it was placed and to the lifetime totals. Sums
 * beyond `sumMax` must not be stored.
 */
export const addToHistory = (
  { lifetime, days }: EarningHistory,
  localDate: string,
  { order, points }: Readonly<{ order: EarningOrder; points: number }>,
): EarningHistory => {
  const spent = (lifetime.spend[order.currency] ?? 0) + order.amountMinor;
  return {
    lifetime: {
      earned: lifetime.earned + points,
      spend: { ...lifetime.spend, [order.currency]: spent },
    },
    days: addToDays(days, lifetime, { localDate, order, points }),
  };
};

/** Returns the points earned on a local date and so far in its month. */
export const earnedAround = (
  { lifetime, days }: EarningHistory,
  localDate: string,
): Readonly<{ earnedOnDay: number; earnedInMonth: number }> => {
  const earned = { days, before: days.earned, total: lifetime.earned };
  const between = (from: string, until: string) =>
    sumBefore(earned, until) - sumBefore(earned, from);
  const [month, nextMonth] = [0, 1].map((ahead) => startOfPeriod(localDate, 'month', ahead));
  return {
    earnedOnDay: between(localDate, addDays(localDate, 1)),
    earnedInMonth: between(month ?? localDate, nextMonth ?? localDate),
  };
};

/** What is counted of each order: in total, and before each of the days. */
type Counted = Readonly<{
  days: EarningDays;
  before: readonly number[] | undefined;
  total: number;
}>;

const sumBefore = ({ days, before, total }: Counted, localDate: string): number => {
  const position = positionFrom(days, toDay(localDate));
  return position === days.on.length ? total : (before?.[position] ?? 0);
};

/** Returns what several accounts of a customer counted together. */
export const sumHistories = (histories: readonly EarningHistory[]): EarningHistory => {
  const on = [...new Set(histories.flatMap(({ days }) => days.on))].sort((a, b) => a - b);
  const currencies = [...new Set(histories.flatMap(({ lifetime }) => Object.keys(lifetime.spend)))];
  const sum = (of: (history: EarningHistory) => number) =>
    histories.reduce((total, history) => total + of(history), 0);
  const column = (currency?: string) =>
    on.map((day) => sum((history) => sumBefore(countedIn(history, currency), toLocalDate(day))));
  const bySpending = <Value>(of: (currency: string) => Value) =>
    Object.fromEntries(currencies.map((currency) => [currency, of(currency)]));
  return {
    lifetime: {
      earned: sum(({ lifetime }) => lifetime.earned),
      spend: bySpending((currency) => sum(({ lifetime }) => lifetime.spend[currency] ?? 0)),
    },
    days: { on, earned: column(), spend: bySpending(column) },
  };
};

/** What was spent in a currency; without one, what was earned. */
const countedIn = ({ lifetime, days }: EarningHistory, currency?: string): Counted =>
  currency === undefined
    ? { days, before: days.earned, total: lifetime.earned }
    : { days, before: days.spend[currency], total: lifetime.spend[currency] ?? 0 };

const countedBy = ({ metric, currency }: TierLadder, history: EarningHistory): Counted =>
  countedIn(history, metric === 'spend' ? currency : undefined);

/** Returns what a ladder counts, over its window on a local date. */
export const metricOn = (
  ladder: TierLadder,
  history: EarningHistory,
  localDate: string,
): number => {
  const counted = countedBy(ladder, history);
  if (ladder.window.kind === 'lifetime') return counted.total;
  return counted.total - sumBefore(counted, windowStart(ladder.window, localDate));
};

/**
 * Returns the first local date on which a ladder counts less than a threshold above zero without
 * further orders, because days have left its window. Undefined if that never happens, or happened
 * before any day left it.
 */
export const fallsBelowOn = (
  ladder: TierLadder,
  history: EarningHistory,
  threshold: number,
): string | undefined => {
  const { window } = ladder;
  if (window.kind === 'lifetime') return undefined;
  const { days, before, total } = countedBy(ladder, history);
  const first = firstOf(days.on.length, (position) => {
    const left = total - (before?.[position] ?? 0);
    return left < threshold;
  });
  const lastToLeave = days.on[first - 1];
  if (lastToLeave === undefined) return undefined;
  return window.kind === 'rolling'
    ? toLocalDate(lastToLeave + window.days)
    : startOfPeriod(toLocalDate(lastToLeave), 'year', 1);
};

/** Forgets the days before a local date. */
export const keepFrom = ({ lifetime, days }: EarningHistory, from: string): EarningHistory => ({
  lifetime,
  days: daysFrom(days, from),
});

const firstDate = '1970-01-01';

/** Returns a local date in days since 1970-01-01. */
const toDay = (localDate: string): number => daysBetween(firstDate, localDate);

/** Returns the local date that is so many days after 1970-01-01. */
export const toLocalDate = (day: number): string => addDays(firstDate, day);

/** Returns the first position that a condition holds for, if it holds from there on. */
const firstOf = (count: number, isReached: (position: number) => boolean): number => {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isReached(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
};

/** Returns the position of the first date from a day on; behind the last one if there is none. */
const positionFrom = ({ on }: EarningDays, day: number): number =>
  firstOf(on.length, (position) => (on[position] ?? day) >= day);

/**
 * Adds an order to days whose orders add up to `lifetime` without it. Its date may be earlier than
 * the last one, because clocks may be set back over midnight.
 */
const addToDays = (
  days: EarningDays,
  lifetime: EarningTotals,
  {
    localDate,
    order,
    points,
  }: Readonly<{ localDate: string; order: EarningOrder; points: number }>,
): EarningDays => {
  const day = toDay(localDate);
  const position = positionFrom(days, day);
  const isNew = days.on[position] !== day;
  if (!isNew && position === days.on.length - 1) return days;
  const next = isNew ? position : position + 1;
  const column = (sums: readonly number[], sum: number, more: number): readonly number[] => [
    ...sums.slice(0, next),
    ...(isNew ? [sums[next] ?? sum] : []),
    ...sums.slice(next).map((later) => later + more),
  ];
  const none = days.on.map(() => 0);
  const currencies = Object.keys({ ...lifetime.spend, [order.currency]: 0 });
  return {
    on: isNew ? days.on.toSpliced(position, 0, day) : days.on,
    earned: column(days.earned, lifetime.earned, points),
    spend: Object.fromEntries(
      currencies.map((currency) => {
        const more = currency === order.currency ? order.amountMinor : 0;
        return [
          currency,
          column(days.spend[currency] ?? none, lifetime.spend[currency] ?? 0, more),
        ];
      }),
    ),
  };
};

/** Forgets the dates before a local date. */
const daysFrom = (days: EarningDays, localDate: string): EarningDays => {
  const first = positionFrom(days, toDay(localDate));
  return first === 0 ? days : mapDays(days, (sums) => sums.slice(first));
};

/** Returns days with each of their columns changed in the same way. */
const mapDays = (
  { on, earned, spend }: EarningDays,
  change: (column: readonly number[]) => readonly number[],
): EarningDays => ({
  on: change(on),
  earned: change(earned),
  spend: Object.fromEntries(
    Object.entries(spend).map(([currency, sums]) => [currency, change(sums)]),
  ),
});

/** Returns days with each number as its difference from the one before it, to be stored. */
export const toDifferences = (days: EarningDays): EarningDays =>
  mapDays(days, (column) => column.map((sum, index) => sum - (column[index - 1] ?? 0)));

/** Returns the days that `toDifferences` was given. */
export const fromDifferences = (days: EarningDays): EarningDays =>
  mapDays(days, (column) => {
    let sum = 0;
    return column.map((difference) => (sum += difference));
  });

/** Returns days from the totals of each date; what came before is in `lifetime` alone. */
export const fromTotals = (
  lifetime: EarningTotals,
  totals: Readonly<Record<string, EarningTotals>>,
): EarningDays => {
  const dates = Object.keys(totals).sort();
  const before = (all: number, totalOf: (date: string) => number): readonly number[] => {
    let sum = dates.reduce((left, date) => left - totalOf(date), all);
    return dates.map((date) => (sum += totalOf(date)) - totalOf(date));
  };
  return {
    on: dates.map(toDay),
    earned: before(lifetime.earned, (date) => totals[date]?.earned ?? 0),
    spend: Object.fromEntries(
      Object.entries(lifetime.spend).map(([currency, all]) => [
        currency,
        before(all, (date) => totals[date]?.spend[currency] ?? 0),
      ]),
    ),
  };
};
