import { addDays, daysBetween } from '../time/local-time.ts';
import type { Caps, RefusedCap, SubjectCaps } from './caps.ts';
import type { LimitRequest } from './limit-request.ts';
import { noTally, type Tally, type Usage } from './usage.ts';

/**
 * What a request asks of one cap: room in each of these windows, or in the total if there are none.
 */
export type CapRequest = Omit<RefusedCap, 'used'> & Readonly<{ windows?: Windows | undefined }>;

/**
 * All windows of `length` local days in a row that include `day`: from the one that ends on it to
 * the one that begins on it.
 */
export type Windows = Readonly<{ day: string; length: number }>;

/**
 * Everything that a request asks of the caps of a subject: by count, then by amount; each per
 * day, then in total.
 */
export const capRequestsOf = (
  { scope, subject, caps }: SubjectCaps,
  { day, amount }: Pick<LimitRequest, 'day' | 'amount'>,
): readonly CapRequest[] =>
  measuresOf(caps, amount).flatMap(({ measure, asked, maxPerDay, maxTotal }) => [
    ...(maxPerDay === undefined
      ? []
      : [{ scope, subject, measure, asked, max: maxPerDay, ...onDay(day) }]),
    ...(maxTotal === undefined
      ? []
      : [{ scope, subject, measure, asked, max: maxTotal, ...overall(caps, day) }]),
  ]);

/** How much of the requested cap is already used; with several windows, in the fullest. */
export const usedOf = (usage: Usage, { measure, windows }: CapRequest): number => {
  if (windows === undefined) return measured(usage.total, measure);
  return usedInFullest(usage.days, windows, measure);
};

/** The first day of the earliest window. */
export const firstDayOf = ({ day, length }: Windows): string => addDays(day, 1 - length);

const usedInFullest = (days: Usage['days'], windows: Windows, measure: string): number => {
  const { day, length } = windows;
  if (length === 1) return measured(days[day] ?? noTally, measure);
  const first = firstDayOf(windows);
  const used = Array.from({ length: 2 * length - 1 }, () => 0);
  for (const [each, tally] of Object.entries(days)) {
    const place = daysBetween(first, each);
    if (place in used) used[place] = measured(tally, measure);
  }
  let sum = 0;
  const sums = used.map((onDay, place) => (sum += onDay - (used[place - length] ?? 0)));
  return Math.max(...sums.slice(length - 1));
};

/** The cap that a request would exceed, given what is already used. */
export const refusal = ({ windows: _, ...cap }: CapRequest, used: number): RefusedCap => ({
  ...cap,
  used,
});

type Period = Readonly<{ period: RefusedCap['period']; windows?: Windows | undefined }>;

const onDay = (day: string): Period => ({ period: 'day', windows: { day, length: 1 } });

const overall = ({ windowDays }: Caps, day: string): Period =>
  windowDays === undefined
    ? { period: 'total' }
    : { period: 'window', windows: { day, length: windowDays } };

const measuresOf = (caps: Caps, amount: LimitRequest['amount']) => {
  const count = { measure: 'count', asked: 1, maxPerDay: caps.maxPerDay, maxTotal: caps.maxTotal };
  if (amount === undefined) return [count];
  const { maxPerDay, maxTotal } = caps.amounts?.[amount.unit] ?? {};
  return [count, { measure: amount.unit, asked: amount.value, maxPerDay, maxTotal }];
};

const measured = ({ count, amounts }: Tally, measure: string): number =>
  measure === 'count' ? count : (amounts[measure] ?? 0);
