/** How many pairs of one person were joined, and how many joined pairs are right. */
export type PairwiseQuality = Readonly<{
  precision: number;
  recall: number;
  f1: number;
  truePairs: number;
}>;

/** Counts pairs within clusters against the person of each record. */
export const pairwiseQuality = (
  clusters: readonly (readonly string[])[],
  personOf: ReadonlyMap<string, string>,
): PairwiseQuality => {
  const truePairs = pairsWithin(Map.groupBy(personOf.values(), (person) => person).values());
  const foundPairs = pairsWithin(clusters);
  const people = clusters.flatMap((cluster) => [
    ...Map.groupBy(cluster, (record) => personOf.get(record)).values(),
  ]);
  return qualityOf({ truePairs, foundPairs, correctPairs: pairsWithin(people) });
};

type Counts = Readonly<{ truePairs: number; foundPairs: number; correctPairs: number }>;

/** Precision, recall and their harmonic mean. */
export const qualityOf = ({ truePairs, foundPairs, correctPairs }: Counts): PairwiseQuality => ({
  precision: correctPairs / foundPairs,
  recall: correctPairs / truePairs,
  f1: (2 * correctPairs) / (truePairs + foundPairs),
  truePairs,
});

const pairsWithin = (groups: Iterable<readonly unknown[]>): number =>
  Iterator.from(groups).reduce((sum, { length }) => sum + (length * (length - 1)) / 2, 0);
