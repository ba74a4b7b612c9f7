import { InvalidEvent } from '#shared/domain/errors.ts';
import type { Delivery } from './event-handler.ts';

/** The instant that a record says, else its event's, else now; or why there is none. */
export const instantOf = (
  said: Date | undefined,
  { event }: Pick<Delivery<unknown>, 'event'>,
  now: Date,
): Date | InvalidEvent => {
  const instant = said ?? (event.time === undefined ? now : new Date(event.time));
  if (!Number.isNaN(instant.getTime())) return instant;
  return new InvalidEvent('invalid-time', `The event's time is no instant: ${event.time}`);
};
