import { addDays } from '../time/local-time.ts';
import { type Demand, demandsOf, firstDayOf, type Windows } from './demand.ts';
import type { LimitClaim } from './limit-claim.ts';

/** Local days from the first to the last one, both included. */
export type DayRange = Readonly<{ first: string; last: string }>;

type Asking = Pick<LimitClaim, 'day' | 'amount' | 'caps'>;

/**
 * The days on which claims need to know the usage of each capped subject, in ranges that do not
 * overlap; none for a subject whose caps all count in total.
 */
export const askedDays = (claims: readonly Asking[]): ReadonlyMap<string, readonly DayRange[]> => {
  const asked = claims.flatMap((claim) =>
    claim.caps.map((own) => ({ subject: own.subject, demands: demandsOf(own, claim) })),
  );
  return new Map(
    Array.from(
      Map.groupBy(asked, ({ subject }) => subject),
      ([subject, own]) => [subject, rangesOf(own.flatMap(({ demands }) => demands))],
    ),
  );
};

const rangesOf = (demands: readonly Demand[]): readonly DayRange[] => {
  const windows = demands.flatMap(({ windows: own = [] }) => own);
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
