import { InvalidEvent } from '#shared/domain/errors.ts';
import { aheadOfRecordMsMax, clocksApartMsMax } from '#shared/domain/time/clocks.ts';
import { isInRange } from '#shared/domain/time/instant-range.ts';
import type { Delivery } from './event-handler.ts';

/**
 * The instant at which something happened: the one that the producer states, else the time of its
 * record, else now. Or why there is none: the record has no readable time, or the instant lies
 * further ahead of the record, or of our own clock, than clocks may differ. Whatever was accepted
 * once is accepted again, however late it is redelivered.
 */
export const instantOf = (
  stated: Date | undefined,
  { event }: Pick<Delivery<unknown>, 'event'>,
  now: Date,
): Date | InvalidEvent => {
  const recordedAt = event.time === undefined ? now : new Date(event.time);
  if (!isInRange(recordedAt)) {
    const detail = `The event's time must be an instant from 1970 to 2999, got ${event.time?.slice(0, 40)}`;
    return new InvalidEvent('invalid-time', detail);
  }
  const instant = stated ?? recordedAt;
  const latest = new Date(
    Math.min(recordedAt.getTime(), now.getTime() + clocksApartMsMax) + aheadOfRecordMsMax,
  );
  if (instant <= latest) return instant;
  const times = [instant, latest, recordedAt, now].map((time) => time.toISOString());
  const [dated, limit, recorded, present] = times;
  const detail = `It is dated ${dated}, after ${limit}: the latest for a record of ${recorded}, read at ${present}`;
  return new InvalidEvent('occurred-in-future', detail);
};
