import { clusterRecords, type LinkDecision, type ScoredPair } from './cluster-records.ts';
import type { Matching } from './matching.ts';
import type { Profile } from './profile.ts';
import { scorePair } from './score-pair.ts';

/** No customer has more records without the word of a person. */
export const customerRecordsMax = 200;

/**
 * Every pair within so many connected records is scored, so that one that contradicts keeps
 * customers apart. In larger sets only links count: their pairs would be too many.
 */
export const scoredRecordsMax = 100;

type Component = Readonly<{
  records: readonly string[];
  /** Of a set of at most `scoredRecordsMax` records; one without a profile is not scored. */
  profiles: ReadonlyMap<string, Profile>;
  /** Links between the records that were found by their keys. */
  links: readonly ScoredPair[];
  decisions: readonly LinkDecision[];
}>;

/** Clusters a set of connected records, whatever order they came in. */
export const clusterComponent = (
  { records, profiles, links, decisions }: Component,
  { model, frequencies }: Matching,
): readonly (readonly string[])[] => {
  if (records.length === 1) return [records];
  const isScored = records.length <= scoredRecordsMax;
  const pairs = isScored
    ? allPairs(records.toSorted()).flatMap(([a, b]): readonly ScoredPair[] => {
        const [one, other] = [profiles.get(a), profiles.get(b)];
        if (!one || !other) return [];
        return [{ a, b, probability: scorePair([one, other], model, frequencies).probability }];
      })
    : links;
  return clusterRecords({ records, pairs, decisions }, { ...model, recordsMax: customerRecordsMax })
    .clusters;
};

const allPairs = (records: readonly string[]): readonly (readonly [string, string])[] =>
  records.flatMap((a, index) => records.slice(index + 1).map((b) => [a, b] as const));
