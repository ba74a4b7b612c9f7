import { earliestEffect } from '../time/clocks.ts';

/** Members that even a busy Postgres changes in a second. */
const membersPerSecondMin = 4_000;

/**
 * When a change of so many members may take effect that begins now: as early as any change, and
 * after the time that writing it may take.
 */
export const effectOfLarge = (members: number, now: Date): Date =>
  new Date(earliestEffect(now).getTime() + Math.ceil((members / membersPerSecondMin) * 1000));
