import { clocksApartMsMax } from '../time/clocks.ts';

/** The number of the window that an instant lies in: ⌊epoch / window⌋. */
export const bucketOf = (at: Date, windowSeconds: number): number =>
  Math.floor(at.getTime() / 1000 / windowSeconds);

/** The last window that has ended by every clock, as clocks may differ. */
export const endedBucket = (now: Date, windowSeconds: number): number =>
  bucketOf(new Date(now.getTime() - clocksApartMsMax), windowSeconds) - 1;

/** When a window begins. */
export const bucketStart = (bucket: number, windowSeconds: number): Date =>
  new Date(bucket * windowSeconds * 1000);
