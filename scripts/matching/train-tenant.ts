import { type Band, bandOf, scorePair } from '#shared/domain/matching/comparing/score-pair.ts';
import type { Matching } from '#shared/domain/matching/matching.ts';
import { countTerms } from '#shared/domain/matching/models/term-frequencies.ts';
import { trainModel } from '#shared/domain/matching/models/train-model.ts';
import type { Profile } from '#shared/domain/matching/profile.ts';
import { slices } from '#shared/domain/slices.ts';
import type { SampleRecords } from '#shared/stores/postgres/customers/records/sample-records.ts';
import { comparisonCounter, randomPairs } from './compare-pairs.ts';

type Options = Readonly<{
  tenantId: string;
  samples: SampleRecords;
  /** The current model of the tenant; fields that the sample does not cover keep its values. */
  base: Matching;
  /** Records of the sample. */
  recordsMax: number;
  onProgress?: (records: number) => void;
}>;

/** A model with the data that it was trained on. */
export type TrainedModel = Readonly<{
  matching: Matching;
  /** Records of the tenant, and of the sample. */
  records: number;
  sampled: number;
  /** Pairs of the sample that share a key. */
  candidates: number;
  /** How many of those change their band, by the bands before and after. */
  moved: readonly Readonly<{ from: Band; to: Band; pairs: number }>[];
}>;

/** Records whose pairs are in memory at once. */
const pageRecords = 500;
/** Pairs drawn at random, to see how often fields agree by chance: in all, and for a record. */
const randomMax = 200_000;
const randomOfRecord = 20;

/**
 * Trains a model on stored records of a tenant, without labels: on a sample of records, and all
 * records that share a key with one of them. The same records give the same model.
 * @throws Error when the tenant has too few records
 */
export const trainTenant = async ({
  tenantId,
  samples,
  base,
  recordsMax,
  onProgress = () => undefined,
}: Options): Promise<TrainedModel> => {
  const { recordNos, records } = await samples.draw(tenantId, recordsMax);
  if (recordNos.length < 2) throw new Error(`${tenantId} has ${records} records: too few to train`);
  const profiles = await readProfiles(samples, tenantId, recordNos);
  const frequencies = countTerms(profiles);
  const compared = comparisonCounter(frequencies);
  const scan = (take: (pair: readonly [Profile, Profile]) => void) =>
    eachCandidate({ samples, tenantId, recordNos, onProgress }, take);
  await scan((pair) => compared.add(pair));
  const random = comparisonCounter(frequencies);
  for (const pair of randomPairs([profiles, profiles], randomPairsOf(profiles))) random.add(pair);
  const drawn = recordNos.length;
  const model = trainModel(
    {
      candidates: compared.all(),
      random: random.all(),
      // At least one record of each is in the sample, as for the candidates.
      allPairs: drawn * (records - drawn) + (drawn * (drawn - 1)) / 2,
    },
    base.model,
    'trained',
  );
  const matching = { model, frequencies };
  const moves = new Map<string, { from: Band; to: Band; pairs: number }>();
  let candidates = 0;
  await scan((pair) => {
    candidates += 1;
    const [from, to] = [bandUnder(base, pair), bandUnder(matching, pair)];
    if (from === to) return;
    const move = moves.get(from + to) ?? { from, to, pairs: 0 };
    moves.set(from + to, { ...move, pairs: move.pairs + 1 });
  });
  return { matching, records, sampled: drawn, candidates, moved: [...moves.values()] };
};

const randomPairsOf = ({ length }: readonly Profile[]): number =>
  Math.min(randomMax, randomOfRecord * length);

const bandUnder = ({ model, frequencies }: Matching, pair: readonly [Profile, Profile]): Band =>
  bandOf(scorePair(pair, model, frequencies).probability, model);

const readProfiles = async (
  samples: SampleRecords,
  tenantId: string,
  recordNos: readonly number[],
): Promise<readonly Profile[]> => {
  const profiles: Profile[] = [];
  for (const page of slices(recordNos, pageRecords)) {
    const known = await samples.profiles(tenantId, page);
    profiles.push(...page.flatMap((recordNo) => known.get(recordNo) ?? []));
  }
  return profiles;
};

type Scan = Readonly<{
  samples: SampleRecords;
  tenantId: string;
  recordNos: readonly number[];
  onProgress: (records: number) => void;
}>;

/** Each pair that shares a key and has a record of the sample, once. */
const eachCandidate = async (
  { samples, tenantId, recordNos, onProgress }: Scan,
  take: (pair: readonly [Profile, Profile]) => void,
): Promise<void> => {
  const done = new Set<number>();
  for (const page of slices(recordNos, pageRecords)) {
    const pairs = await samples.candidates(tenantId, page);
    // A pair of two records of the sample was found with the first of them.
    const fresh = pairs.filter(([one, other]) => !done.has(one) && !done.has(other));
    const known = await samples.profiles(tenantId, [...new Set(fresh.flat())]);
    const both = fresh.flatMap(([one, other]) => {
      const [a, b] = [known.get(one), known.get(other)];
      return a && b ? [[a, b] as const] : [];
    });
    both.forEach(take);
    for (const recordNo of page) done.add(recordNo);
    onProgress(done.size);
  }
};
