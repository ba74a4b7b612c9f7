import { addDays } from '../time/local-time.ts';

/** Incentives given: how many, and how much by unit. */
export type Tally = Readonly<{ count: number; amounts: Readonly<Record<string, number>> }>;

/** What a subject has used. Days are local days of the tenant, 'YYYY-MM-DD'; those older than a window can be are dropped. */
export type Usage = Readonly<{
  total: Tally;
  days: Readonly<Record<string, Tally>>;
  /** Grows with every change; 0 before the first. */
  version: number;
}>;

/** A tally of nothing. */
export const noTally: Tally = { count: 0, amounts: {} };

/** Usage before anything was given. */
export const noUsage: Usage = { total: noTally, days: {}, version: 0 };

/** Days that are older than the newest one by more are dropped: a window spans 366, and events may be late. */
const daysKept = 400;

/** The first day that is kept beside the newest of some days; of no days, the empty text, which is before every day. */
export const firstKeptDay = (days: Usage['days']): string => {
  let newest = '';
  for (const day in days) if (day > newest) newest = day;
  return newest && addDays(newest, -daysKept);
};
