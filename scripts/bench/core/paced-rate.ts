/**
 * Returns a rate at which all of the measured ones have time to spare: half of the lowest, at most
 * 1,000 a second. Above what it sustains, the latency of a world would be that of a queue.
 */
export const pacedRate = (...perSecond: readonly number[]): number =>
  Math.min(1_000, Math.ceil(Math.min(...perSecond) / 2));
