import { compareProfiles } from '#shared/domain/matching/compare-profiles.ts';
import type { Comparison } from '#shared/domain/matching/comparison.ts';
import type { CountedComparison } from '#shared/domain/matching/estimate-model.ts';
import type { Profile } from '#shared/domain/matching/profile.ts';
import type { TermFrequencies } from '#shared/domain/matching/term-frequencies.ts';
import { seededRandom } from '../orders/random.ts';

type Pair = readonly [Profile, Profile];

/** How many pairs have each comparison. */
export const compareAll = (
  pairs: Iterable<Pair>,
  frequencies?: TermFrequencies,
): readonly CountedComparison[] => {
  const counted = new Map<string, { comparison: Comparison; pairs: number }>();
  for (const [a, b] of pairs) {
    const comparison = compareProfiles(a, b, frequencies);
    const key = JSON.stringify(comparison);
    const same = counted.get(key) ?? { comparison, pairs: 0 };
    counted.set(key, { comparison, pairs: same.pairs + 1 });
  }
  return [...counted.values()];
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
