import { addDays } from '../time/local-time.ts';
import { askedDays } from './admit.ts';
import { windowDaysMax } from './caps.ts';
import type { LimitClaim } from './limit-claim.ts';

/** So many days after an incentive qualified, caps by day or window still decide about it. */
const lateDaysMax = 400;

/** Longer than clocks of pods, local days of tenants and the time that a run takes are apart. */
const marginDays = 7;

/**
 * Whether a claim needs days so long ago that their usage may have been deleted. Claims by totals
 * alone are never too late.
 */
export const isTooLate = (claim: Pick<LimitClaim, 'day' | 'amount' | 'caps'>, now: Date): boolean =>
  claim.day < daysBefore(now, lateDaysMax) &&
  [...askedDays([claim]).values()].some(({ length }) => length > 0);

/** The first local day of which usage is kept: no claim that is decided needs an earlier one. */
export const usageKeptFrom = (now: Date): string =>
  daysBefore(now, lateDaysMax + windowDaysMax + marginDays);

const daysBefore = (now: Date, days: number): string =>
  addDays(now.toISOString().slice(0, 10), -days);
