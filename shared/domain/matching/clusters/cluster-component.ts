import { blockingKeys } from '../blocking-keys.ts';
import { scorePair } from '../comparing/score-pair.ts';
import type { Matching } from '../matching.ts';
import type { Profile } from '../profile.ts';
import { clusterRecords, type LinkDecision, type ScoredPair } from './cluster-records.ts';

/** No customer has more records without the word of a person. */
const customerRecordsMax = 200;

/**
 * Within so many connected records every pair that shares a key is scored, so that one that
 * contradicts keeps customers apart. In larger sets only links count: there are too many pairs.
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
  matching: Matching,
): readonly (readonly string[])[] => {
  if (records.length === 1) return [records];
  const pairs = records.length <= scoredRecordsMax ? scoreWithin(profiles, matching) : links;
  const terms = { ...matching.model, recordsMax: customerRecordsMax };
  return clusterRecords({ records, pairs, decisions }, terms).clusters;
};

/**
 * The pairs that share a key, with their probability. Others are left out: that two records of one
 * person have nothing in common, while both agree with a third one, contradicts nothing.
 */
const scoreWithin = (
  profiles: Component['profiles'],
  { model, frequencies }: Matching,
): readonly ScoredPair[] => {
  const keyed = [...profiles]
    .map(([name, profile]) => ({ name, profile, keys: new Set(blockingKeys(profile)) }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
  return keyed.flatMap((one, index) =>
    keyed
      .slice(index + 1)
      .filter(({ keys }) => keys.values().some((key) => one.keys.has(key)))
      .map((other) => ({
        ...{ a: one.name, b: other.name },
        probability: scorePair([one.profile, other.profile], model, frequencies).probability,
      })),
  );
};
