/** An item with what is certain of how often it was counted. */
export type FrequentItem = Readonly<{ item: string; atLeast: number }>;

type Counter = { count: number; error: number };

/**
 * Counts the most frequent items of a stream in a fixed number of counters: the Space-Saving
 * algorithm of Metwally, Agrawal and El Abbadi (2005), https://doi.org/10.1007/978-3-540-30570-5_27.
 *
 * Of n items that were added, `atLeast` is never above an item's count, and at most n / counters
 * below it. So each item with more than twice this share of the stream is found.
 */
export const frequentItems = (counters: number) => {
  const known = new Map<string, Counter>();
  let total = 0;

  const replaceLeast = (item: string): void => {
    let least = '';
    let error = Number.POSITIVE_INFINITY;
    for (const [other, { count }] of known) if (count < error) [least, error] = [other, count];
    known.delete(least);
    known.set(item, { count: error + 1, error });
  };

  return {
    /** Counts an item: one look-up, or a walk through all counters for an item without one. */
    add: (item: string): void => {
      total += 1;
      const counter = known.get(item);
      if (counter !== undefined) counter.count += 1;
      else if (known.size < counters) known.set(item, { count: 1, error: 0 });
      else replaceLeast(item);
    },
    /** Items that were added. */
    total: (): number => total,
    /** The most frequent items, those with the highest `atLeast` first. */
    top: (itemsMax: number): readonly FrequentItem[] =>
      [...known]
        .map(([item, { count, error }]) => ({ item, atLeast: count - error }))
        .sort((one, other) => other.atLeast - one.atLeast)
        .slice(0, itemsMax),
  };
};
