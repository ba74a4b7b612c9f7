import { InvalidEvent } from './errors.ts';

/**
 * The largest sum that is kept of points or minor units, in either direction: beyond 2^53 numbers
 * would not be exact.
 */
export const sumMax = 9_000_000_000_000_000;

/** The refusal of what would make a sum larger than that. `what` names the sum. */
export const sumLimit = (what: string): InvalidEvent =>
  new InvalidEvent('sum-limit', `${what} cannot exceed ${sumMax}`);
