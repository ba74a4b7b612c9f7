import type { Caps } from '#shared/domain/limits/caps.ts';
import { noTally, type Tally, type Usage } from '#shared/domain/limits/usage.ts';
import { addDays } from '#shared/domain/time/local-time.ts';

/** What counts for a subject's caps on a local day: what it used that day, and what its maxTotal goes by. */
export const usedToday = (
  usage: Usage,
  { windowDays }: Pick<Caps, 'windowDays'>,
  today: string,
): Readonly<{ day: Tally; total: Tally }> => {
  const day = usage.days[today] ?? noTally;
  if (windowDays === undefined) return { day, total: usage.total };
  const first = addDays(today, 1 - windowDays);
  const inWindow = Object.entries(usage.days).filter(([date]) => first <= date && date <= today);
  return { day, total: inWindow.map(([, tally]) => tally).reduce(add, noTally) };
};

const add = (sum: Tally, { count, amounts }: Tally): Tally => ({
  count: sum.count + count,
  amounts: Object.fromEntries(
    [...new Set([...Object.keys(sum.amounts), ...Object.keys(amounts)])].map((unit) => [
      unit,
      (sum.amounts[unit] ?? 0) + (amounts[unit] ?? 0),
    ]),
  ),
});
