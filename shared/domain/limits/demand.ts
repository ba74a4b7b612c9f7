import { addDays } from '../time/local-time.ts';
import type { Caps, RefusedCap, SubjectCaps } from './caps.ts';
import type { LimitClaim } from './limit-claim.ts';
import type { Tally, Usage } from './usage.ts';

/** What a claim asks of one cap: so much more than is used from one local day to another, or of all days where none are named. */
export type Demand = Omit<RefusedCap, 'used'> & Readonly<{ days?: DaySpan | undefined }>;

/** From one local day to another, both among them. */
type DaySpan = Readonly<{ from: string; to: string }>;

/** Every demand that a claim makes of the caps of a subject: by count, then by amount; of each by day, then in all. */
export const demandsOf = (
  { scope, subject, caps }: SubjectCaps,
  { day, amount }: Pick<LimitClaim, 'day' | 'amount'>,
): readonly Demand[] =>
  measuresOf(caps, amount).flatMap(({ measure, asked, maxPerDay, maxTotal }) => [
    ...(maxPerDay === undefined
      ? []
      : [{ scope, subject, measure, asked, max: maxPerDay, ...onDay(day) }]),
    ...(maxTotal === undefined
      ? []
      : [{ scope, subject, measure, asked, max: maxTotal, ...overall(caps, day) }]),
  ]);

/** How much of what a demand asks for is used already. */
export const usedOf = ({ total, days }: Usage, { measure, days: span }: Demand): number => {
  if (span === undefined) return measured(total, measure);
  return Object.entries(days)
    .filter(([day]) => span.from <= day && day <= span.to)
    .reduce((sum, [, tally]) => sum + measured(tally, measure), 0);
};

/** The cap of a demand that is too much beside what is used already. */
export const refusal = ({ days: _, ...cap }: Demand, used: number): RefusedCap => ({
  ...cap,
  used,
});

type Span = Readonly<{ period: RefusedCap['period']; days?: DaySpan | undefined }>;

const onDay = (day: string): Span => ({ period: 'day', days: { from: day, to: day } });

const overall = ({ windowDays }: Caps, day: string): Span =>
  windowDays === undefined
    ? { period: 'total' }
    : { period: 'window', days: { from: addDays(day, 1 - windowDays), to: day } };

const measuresOf = (caps: Caps, amount: LimitClaim['amount']) => {
  const count = { measure: 'count', asked: 1, maxPerDay: caps.maxPerDay, maxTotal: caps.maxTotal };
  if (amount === undefined) return [count];
  const { maxPerDay, maxTotal } = caps.amounts?.[amount.unit] ?? {};
  return [count, { measure: amount.unit, asked: amount.value, maxPerDay, maxTotal }];
};

const measured = ({ count, amounts }: Tally, measure: string): number =>
  measure === 'count' ? count : (amounts[measure] ?? 0);
