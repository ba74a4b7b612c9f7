import { compareProfiles } from '#shared/domain/matching/comparing/compare-profiles.ts';
import type { Comparison } from '#shared/domain/matching/comparing/comparison.ts';
import type { CountedComparison } from '#shared/domain/matching/models/estimate-model.ts';
import type { TermFrequencies } from '#shared/domain/matching/models/term-frequencies.ts';
import type { Profile } from '#shared/domain/matching/profile.ts';
import { seededRandom } from '../orders/random.ts';

type Pair = readonly [Profile, Profile];

/** Counts how many pairs have each comparison. */
export const comparisonCounter = (frequencies?: TermFrequencies) => {
  const counted = new Map<string, { comparison: Comparison; pairs: number }>();
  return {
    add: ([a, b]: Pair): void => {
      const comparison = compareProfiles(a, b, frequencies);
      const key = JSON.stringify(comparison);
      const same = counted.get(key) ?? { comparison, pairs: 0 };
      counted.set(key, { comparison, pairs: same.pairs + 1 });
    },
    /** In one order, so that sums over them are the same, too. */
    all: (): readonly CountedComparison[] =>
      [...counted].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count),
  };
};

/** How many pairs have each comparison. */
export const compareAll = (
  pairs: Iterable<Pair>,
  frequencies?: TermFrequencies,
): readonly CountedComparison[] => {
  const counter = comparisonCounter(frequencies);
  for (const pair of pairs) counter.add(pair);
  return counter.all();
};

/** Pairs of records of two lists, drawn with a seed. */
export function* randomPairs(
  [left, right]: readonly [readonly Profile[], readonly Profile[]],
  count: number,
): Generator<Pair> {
  const random = seededRandom(1);
  const draw = (profiles: readonly Profile[]) =>
    profiles[Math.floor(random() * profiles.length)] as Profile;
  for (let pair = 0; pair < count; pair += 1) {
    const drawn: Pair = [draw(left), draw(right)];
    if (drawn[0] !== drawn[1]) yield drawn;
  }
}
