import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { scorePair } from '#shared/domain/matching/comparing/score-pair.ts';
import { defaultModel, type MatchingModel } from '#shared/domain/matching/models/matching-model.ts';
import { trainModel } from '#shared/domain/matching/models/train-model.ts';
import type { Profile, Source } from '#shared/domain/matching/profile.ts';
import { profileOf } from '#shared/matching/profile-of.ts';
import { compareAll, randomPairs } from './compare-pairs.ts';
import { candidatePairs } from './match-records.ts';
import { type PairwiseQuality, qualityOf } from './pairwise-quality.ts';

type Row = Readonly<Partial<Record<string, string>>>;

/**
 * Both files of FEBRL4: 5,000 synthetic Australians, each once in either file; the second file has
 * errors.
 *
 * @see Christen, Probabilistic data generation for deduplication and data linkage, IDEAL (2005)
 */
export const readFebrl4 = async (folder: string): Promise<readonly [Profile[], Profile[]]> => [
  await readRecords(join(folder, 'febrl4a.csv'), 'dotnet'),
  await readRecords(join(folder, 'febrl4b.csv'), 'store'),
];

const readRecords = async (file: string, source: Source): Promise<Profile[]> => {
  const rows: readonly Row[] = parse(await readFile(file), { columns: true });
  return rows.map((row) =>
    profileOf(
      {
        recordId: row['rec_id'] ?? '',
        source,
        name: joined(row, ['given_name', 'surname']),
        address: joined(row, ['street_number', 'address_1', 'address_2', 'suburb']),
        postcode: joined(row, ['postcode']),
        birthDate: row['date_of_birth']?.replace(/^(\d{4})(\d{2})(\d{2})(\.0)?$/, '$1-$2-$3'),
        documentId: row['soc_sec_id'],
      },
      'AU',
    ),
  );
};

const joined = (row: Row, columns: readonly string[]): string | undefined => {
  const values = columns.map((column) => row[column]?.replace(/\.0$/, '')).filter(Boolean);
  return values.length === 0 ? undefined : values.join(' ');
};

/** Links the two files with a model that is trained on them without labels. */
export const linkFebrl4 = ([left, right]: readonly [Profile[], Profile[]]): PairwiseQuality => {
  const pairs = candidatePairs([...left, ...right])
    .filter(([a, b]) => a.source !== b.source)
    .toArray();
  const model = train(pairs, [left, right]);
  const found = pairs.filter((pair) => scorePair(pair, model).probability >= model.linkFrom);
  const correct = found.filter(([a, b]) => personOf(a) === personOf(b));
  return qualityOf({
    truePairs: left.length,
    foundPairs: found.length,
    correctPairs: correct.length,
  });
};

const train = (
  pairs: readonly (readonly [Profile, Profile])[],
  [left, right]: readonly [Profile[], Profile[]],
): MatchingModel =>
  trainModel(
    {
      candidates: compareAll(pairs),
      random: compareAll(randomPairs([left, right], 100_000)),
      allPairs: left.length * right.length,
    },
    defaultModel,
    'febrl4',
  );

const personOf = ({ recordId }: Profile): string | undefined => recordId.split('-')[1];
