import { blockingKeys } from '#shared/domain/matching/blocking-keys.ts';
import {
  clusterRecords,
  type ScoredPair,
} from '#shared/domain/matching/clusters/cluster-records.ts';
import { scorePair } from '#shared/domain/matching/comparing/score-pair.ts';
import { defaultModel, type MatchingModel } from '#shared/domain/matching/models/matching-model.ts';
import { countTerms } from '#shared/domain/matching/models/term-frequencies.ts';
import type { Profile } from '#shared/domain/matching/profile.ts';

/** Keys shared by more records propose no pairs. */
const blockMax = 200;

/** Unless a person decides it, no customer has more records. */
const recordsMax = 50;

/** Pairs of records that share a key, each once. */
export function* candidatePairs(
  profiles: readonly Profile[],
): Generator<readonly [Profile, Profile]> {
  const count = profiles.length;
  const seen = new Set<number>();
  for (const pair of blocksOf(profiles).flatMap((block) => pairsWithin(block, count))) {
    if (seen.has(pair)) continue;
    seen.add(pair);
    const [one, other] = [profiles[Math.floor(pair / count)], profiles[pair % count]];
    if (one && other) yield [one, other];
  }
}

/** Two positions in one number. */
const pairsWithin = (block: readonly number[], count: number): readonly number[] =>
  block.flatMap((one, index) => block.slice(index + 1).map((other) => one * count + other));

/** Positions of the records that share a key. */
const blocksOf = (profiles: readonly Profile[]): IteratorObject<readonly number[]> => {
  const blocks = new Map<string, number[]>();
  const add = (key: string, at: number): void => {
    const block = blocks.get(key);
    if (block) block.push(at);
    else blocks.set(key, [at]);
  };
  for (const [at, profile] of profiles.entries())
    for (const key of blockingKeys(profile)) add(key, at);
  return blocks.values().filter(({ length }) => length <= blockMax);
};

/** All candidates with their probability. */
const scoreRecords = (
  profiles: readonly Profile[],
  model: MatchingModel = defaultModel,
): readonly ScoredPair[] => {
  const frequencies = countTerms(profiles);
  return candidatePairs(profiles)
    .map(([a, b]) => ({
      ...{ a: a.recordId, b: b.recordId },
      probability: scorePair([a, b], model, frequencies).probability,
    }))
    .toArray();
};

/** The records of each customer, from blocking to clusters, in one process. */
export const matchRecords = (
  profiles: readonly Profile[],
  model: MatchingModel = defaultModel,
): readonly (readonly string[])[] =>
  clusterRecords(
    {
      records: profiles.map(({ recordId }) => recordId),
      pairs: scoreRecords(profiles, model),
    },
    { ...model, recordsMax },
  ).clusters;
