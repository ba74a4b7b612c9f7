/**
 * Returns a rate below the capacity of every world: half of the lowest sustained rate, at most
 * 1,000 a second. Above its capacity, the latency of a world would be that of its queue.
 */
export const pacedRate = (...perSecond: readonly number[]): number =>
  Math.min(1_000, Math.ceil(Math.min(...perSecond) / 2));
