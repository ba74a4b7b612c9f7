import { earliestEffect } from '../time/clocks.ts';

/** Members that even a busy Postgres changes in a second. */
const membersPerSecondMin = 4_000;

/**
 * When a change of this many members that starts now may take effect: not earlier than any other
 * change, and not before it can have been written.
 */
export const effectOfLarge = (members: number, now: Date): Date =>
  new Date(earliestEffect(now).getTime() + Math.ceil((members / membersPerSecondMin) * 1000));
