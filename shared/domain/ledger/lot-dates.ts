import type { Expiry, Pending } from '../earning/earning-rule.ts';
import { addDays, localDateOf, startOfLocalDate, startOfPeriod } from '../time/local-time.ts';

/**
 * Returns when the points of an order lapse: always a start of a local day, so that they live to
 * the end of the day before.
 */
export const expiryOf = (expiry: Expiry, timeZone: string, placedAt: Date): Date | undefined => {
  if (expiry.kind === 'none') return undefined;
  const placedOn = localDateOf(timeZone, placedAt);
  const lapsesOn =
    expiry.kind === 'rolling'
      ? addDays(placedOn, expiry.days + 1)
      : startOfPeriod(placedOn, expiry.period, expiry.more + 1);
  return startOfLocalDate(timeZone, lapsesOn);
};

const dayMs = 86_400_000;

/**
 * Returns when pending points can be used, so many times 24 hours after their order; undefined for
 * points that wait for an event, and for those that never were pending.
 */
export const availableAt = (pending: Pending, placedAt: Date): Date | undefined =>
  pending.kind === 'delay' ? new Date(placedAt.getTime() + pending.days * dayMs) : undefined;
