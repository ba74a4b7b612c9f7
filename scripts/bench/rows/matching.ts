import talisman from 'talisman/metrics/jaro-winkler.js';
import { generateRecords } from '#scripts/matching/generate-records.ts';
import { matchRecords } from '#scripts/matching/match-records.ts';
import { pairwiseQuality } from '#scripts/matching/pairwise-quality.ts';
import { jaroWinkler, jaroWinklerToMany } from '#shared/domain/matching/comparing/jaro-winkler.ts';
import { foldName } from '#shared/domain/matching/fields/fold-name.ts';
import { profileOf } from '#shared/matching/profile-of.ts';
import { type Figure, toFigure } from '../core/figure.ts';
import { interleave, type Rounds, type Sample, VoidRound } from '../core/rounds.ts';
import { type Bench, figuresOf, type Row } from '../core/row.ts';
import { febrlFigures } from './matching/matching-febrl.ts';
import { measureStream } from './matching/matching-stream.ts';

/**
 * Names compared and records matched per second, and how many pairs of records are matched
 * correctly.
 */
export const matchingRow: Row = {
  name: 'matching',
  summary: 'names compared and records matched per second, and precision and recall of matching',
  needs: ['postgres', 'redis'],
  measure: async (bench) => {
    const rounds = await measureKernel(bench);
    const stream = await measureStream(bench);
    return {
      figures: [
        ...kernelFigures(rounds),
        ...stream.figures,
        ...qualityFigures(bench),
        ...(await febrlFigures(bench)),
      ],
      voids: [...rounds.voids, ...stream.voids],
    };
  },
};

type Variant = 'pairwise' | 'toMany' | 'talisman';

const measureKernel = async ({ quick, log }: Bench): Promise<Rounds<Variant>> => {
  const names = generateRecords({ seed: 1, people: 1_000 }).map(({ record }) =>
    foldName(record.name ?? '').join(' '),
  );
  const [ones, many] = [names.slice(0, quick ? 20 : 200), names.slice(0, 2_000)];
  const expected = sumOf(ones, many, talisman);
  const measure = (sum: () => number) => () => Promise.resolve(timed(sum, expected, [ones, many]));
  const variants = {
    pairwise: measure(() => sumOf(ones, many, jaroWinkler)),
    toMany: measure(() => sumOfMany(ones, many)),
    talisman: measure(() => sumOf(ones, many, talisman)),
  };
  // Lets the code be compiled before it is measured.
  for (const variant of Object.values(variants)) await variant();
  return interleave<Variant>({
    variants,
    rounds: quick ? 2 : 12,
    log,
  });
};

type Names = readonly string[];

/** One loop for both packages, which calls either, so that neither is inlined. */
const sumOf = (ones: Names, many: Names, similarity: (a: string, b: string) => number): number => {
  let sum = 0;
  for (const one of ones) for (const other of many) sum += similarity(one, other);
  return sum;
};

const sumOfMany = (ones: Names, many: Names): number => {
  let sum = 0;
  for (const one of ones) for (const similarity of jaroWinklerToMany(one, many)) sum += similarity;
  return sum;
};

const timed = (
  sum: () => number,
  expected: number,
  [ones, many]: readonly [Names, Names],
): Sample => {
  const startedAt = process.cpuUsage().user;
  const found = sum();
  const seconds = (process.cpuUsage().user - startedAt) / 1e6;
  const pairs = ones.length * many.length;
  if (Math.abs(found - expected) > 1e-9 * pairs)
    throw new VoidRound(`similarities add up to ${found}, not ${expected}`);
  return { perSecond: pairs / seconds };
};

const kernelFigures = (rounds: Rounds<Variant>): readonly Figure[] => {
  const rate = { unit: 'pairs/s', of: 'perSecond' } as const;
  const baseline = { name: 'talisman', variant: 'talisman' } as const;
  const target = [{ of: 'ratio', atLeast: 4 }] as const;
  return figuresOf<Variant>('matching', rounds, [
    { ...rate, figure: 'Jaro-Winkler, pair by pair', variant: 'pairwise', baseline, target },
    { ...rate, figure: 'Jaro-Winkler, one to many', variant: 'toMany', baseline, target },
  ]);
};

/** Of generated records, from raw values to customers, with the default model. */
const qualityFigures = ({ quick, log }: Bench): readonly Figure[] => {
  log('matching generated records');
  const labelled = generateRecords({ seed: 20_261_122, people: quick ? 2_000 : 30_000 });
  const profiles = labelled.map(({ record }) => profileOf(record, 'IN'));
  const personOf = new Map(labelled.map(({ personId, record }) => [record.recordId, personId]));
  const { precision, recall, f1 } = pairwiseQuality(matchRecords(profiles), personOf);
  const records = `${labelled.length.toLocaleString('en')} generated records`;
  const figure = (name: string, share: number): Figure =>
    toFigure({
      ...{ row: 'matching', figure: `${name}, ${records}`, unit: '%', values: [100 * share] },
      target: [{ of: 'value', atLeast: 99.5 }],
    });
  return [figure('precision', precision), figure('recall', recall), figure('F1', f1)];
};
