import { addDays } from '../time/local-time.ts';
import {
  type CapRequest,
  capRequestsOf,
  firstDayOf,
  refusal,
  usedOf,
  type Windows,
} from './cap-request.ts';
import { type LimitScope, type RefusedCap, type SubjectCaps, windowDaysMax } from './caps.ts';
import type { Countable, LimitRequest } from './limit-request.ts';
import { noTally, noUsage, type Tally, type Usage } from './usage.ts';

/** Usage by subject. */
type Usages = ReadonlyMap<string, Usage>;

type CappedRequest = Pick<LimitRequest, 'day' | 'amount' | 'caps'>;

/** What a request met: room in every cap, or the first cap without. */
type Admission = Readonly<{ kind: 'admitted' } | ({ kind: 'refused' } & RefusedCap)>;

/**
 * Checks every cap of a request in order, given the usage by subject; a missing subject has no
 * usage. Changes nothing.
 */
export const admit = (usages: Usages, request: CappedRequest): Admission => {
  for (const subjectCaps of request.caps) {
    const usage = usages.get(subjectCaps.subject) ?? noUsage;
    const full = capRequestsOf(subjectCaps, request).find(
      (cap) => usedOf(usage, cap) + cap.asked > cap.max,
    );
    if (full !== undefined) return { kind: 'refused', ...refusal(full, usedOf(usage, full)) };
  }
  return { kind: 'admitted' };
};

type Counted = Pick<Countable, 'day' | 'amount' | 'subjects'>;

/**
 * The usage of each of its subjects once an incentive counts for them, and of those that share it;
 * of other subjects nothing.
 */
export const count = (usages: Usages, { day, amount, subjects }: Counted): Usages =>
  new Map(
    Object.values(subjects)
      .flatMap((subject) => [subject, ...(usages.get(subject)?.sharedWith ?? [])])
      .map((subject) => {
        const usage = usages.get(subject) ?? noUsage;
        const onDay = add(usage.days[day] ?? noTally, amount);
        const days = { ...usage.days, [day]: onDay };
        return [subject, { ...usage, total: add(usage.total, amount), days }];
      }),
  );

const add = ({ count: before, amounts }: Tally, amount: Countable['amount']): Tally => ({
  count: before + 1,
  amounts:
    amount === undefined
      ? amounts
      : { ...amounts, [amount.unit]: (amounts[amount.unit] ?? 0) + amount.value },
});

/** Local days from the first to the last one, both included. */
export type DayRange = Readonly<{ first: string; last: string }>;

/**
 * The days on which requests need to know the usage of each capped subject, in ranges that do not
 * overlap; none for a subject whose caps all count in total.
 */
export const neededDays = (
  requests: readonly CappedRequest[],
): ReadonlyMap<string, readonly DayRange[]> => {
  const needed = requests.flatMap((request) =>
    request.caps.map((own) => ({ subject: own.subject, requests: capRequestsOf(own, request) })),
  );
  return new Map(
    Array.from(
      Map.groupBy(needed, ({ subject }) => subject),
      ([subject, own]) => [subject, rangesOf(own.flatMap(({ requests }) => requests))],
    ),
  );
};

const rangesOf = (requests: readonly CapRequest[]): readonly DayRange[] => {
  const windows = requests.flatMap(({ windows: own = [] }) => own);
  const distinct = new Map(windows.map((own) => [`${own.day} ${own.length}`, own]));
  return merge([...distinct.values()].map(toRange));
};

const toRange = (windows: Windows): DayRange => ({
  first: firstDayOf(windows),
  last: addDays(windows.day, windows.length - 1),
});

const merge = (ranges: readonly DayRange[]): readonly DayRange[] => {
  const merged: DayRange[] = [];
  for (const range of ranges.toSorted((one, other) => (one.first < other.first ? -1 : 1))) {
    const last = merged.at(-1);
    if (last === undefined || range.first > last.last) merged.push(range);
    else if (range.last > last.last) merged[merged.length - 1] = { ...last, last: range.last };
  }
  return merged;
};

/**
 * The subjects to lock so that no other transaction decides by any cap of a request meanwhile. A
 * cap on the number of incentives applies to every incentive of its tenant or campaign, so a
 * transaction that checks a narrower cap needs its lock, too, and the locks of the narrower ones
 * are omitted.
 */
export const subjectsToLock = ({ caps }: Pick<LimitRequest, 'caps'>): ReadonlySet<string> => {
  const covering = caps.filter(limitsNumber).map(({ scope }) => scope);
  const isCovered = ({ scope }: SubjectCaps) =>
    coveredBy[scope].some((wider) => covering.includes(wider));
  return new Set(caps.filter((own) => !isCovered(own)).map(({ subject }) => subject));
};

/** Of each scope those whose incentives include all of its own. */
const coveredBy: Readonly<Record<LimitScope, readonly LimitScope[]>> = {
  GLOBAL: [],
  USER: ['GLOBAL'],
  CAMPAIGN: ['GLOBAL'],
  CAMPAIGN_USER: ['GLOBAL', 'CAMPAIGN', 'USER'],
};

const limitsNumber = ({ caps }: SubjectCaps): boolean =>
  caps.maxPerDay !== undefined || caps.maxTotal !== undefined;

/** So many days after an incentive qualified, caps by day or window still decide about it. */
const lateDaysMax = 400;

/** Longer than clocks of pods, local days of tenants and the time that a run takes are apart. */
const marginDays = 7;

/**
 * Whether a request needs days so long ago that their usage may have been deleted. Requests by
 * totals alone are never too late.
 */
export const isTooLate = (request: CappedRequest, now: Date): boolean =>
  request.day < daysBefore(now, lateDaysMax) &&
  [...neededDays([request]).values()].some(({ length }) => length > 0);

/** The first local day of which usage is kept: no request that is decided needs an earlier one. */
export const usageKeptFrom = (now: Date): string =>
  daysBefore(now, lateDaysMax + windowDaysMax + marginDays);

const daysBefore = (now: Date, days: number): string =>
  addDays(now.toISOString().slice(0, 10), -days);
