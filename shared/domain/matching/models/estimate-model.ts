import {
  type Comparison,
  type Field,
  fieldLevels,
  fields,
  type Level,
} from '../comparing/comparison.ts';
import type { FieldShares, LevelShares, MatchingModel } from './matching-model.ts';

/** A comparison and how many pairs have it. */
export type CountedComparison = Readonly<{ comparison: Comparison; pairs: number }>;

type Shares = MatchingModel['fields'];

/** What an estimation begins with, and what it finds. */
export type Estimate = Readonly<{
  /** The share of pairs that are of one person. */
  matchShare: number;
  fields: Shares;
}>;

type Options = Readonly<{
  start: Estimate;
  /** As many pairs as this, with the shares of the start, are added to those of each field. */
  startPairs?: number;
  iterationsMax?: number;
}>;

/** Smaller gains in a pair's log-likelihood end the estimation. */
const gainMin = 1e-8;

/**
 * Estimates, without labels, how often each level occurs among pairs of one person and of two, and
 * how many pairs are of one: the maximum of the likelihood if fields are independent within each of
 * the two classes, found by expectation and maximization. Fields that a pair lacks are left out of
 * it. The log-likelihood (with that of the pairs added from the start) is returned for each
 * iteration, and never decreases; the same comparisons in any order give the same estimate but for
 * rounding.
 *
 * @see Fellegi and Sunter, A theory for record linkage, JASA 64 (1969)
 * @see Dempster, Laird and Rubin, Maximum likelihood from incomplete data via the EM algorithm,
 * JRSS B 39 (1977)
 * @see Winkler, Using the EM algorithm for weight computation in the Fellegi-Sunter model of record
 * linkage, Proceedings of the Section on Survey Research Methods (1988)
 */
export const estimateModel = (
  compared: readonly CountedComparison[],
  { start, startPairs = 0, iterationsMax = 500 }: Options,
): Estimate & Readonly<{ logLikelihoods: readonly number[] }> => {
  const total = compared.reduce((sum, { pairs }) => sum + pairs, 0);
  const logLikelihoods: number[] = [];
  let estimate = start;
  for (let iteration = 0; iteration < iterationsMax; iteration += 1) {
    const expected = expect(compared, estimate);
    logLikelihoods.push(expected.logLikelihood + startPairs * likeness(estimate, start));
    const [before = -Infinity, last = 0] = logLikelihoods.slice(-2);
    if (logLikelihoods.length > 1 && last - before <= gainMin * total) break;
    estimate = maximize(expected.pairs, { start, startPairs });
  }
  return { ...estimate, logLikelihoods };
};

/** The probability that a pair is of one person. */
export const matchProbability = (comparison: Comparison, estimate: Estimate): number => {
  const { match, other } = likelihoods(comparison, estimate);
  return match / (match + other);
};

const likelihoods = (comparison: Comparison, { matchShare, fields: all }: Estimate) => {
  let match = matchShare;
  let other = 1 - matchShare;
  for (const field of fields) {
    const level = comparison[field];
    const shares = level && all[field][level];
    match *= shares?.match ?? 1;
    other *= shares?.other ?? 1;
  }
  return { match, other };
};

type Expected = CountedComparison & Readonly<{ matches: number }>;

const expect = (compared: readonly CountedComparison[], estimate: Estimate) => {
  let logLikelihood = 0;
  const pairs = compared.map((counted): Expected => {
    const { match, other } = likelihoods(counted.comparison, estimate);
    logLikelihood += counted.pairs * Math.log(match + other);
    return { ...counted, matches: (counted.pairs * match) / (match + other) };
  });
  return { pairs, logLikelihood };
};

/** The log-likelihood, for one pair of each class and field, of what the start expects. */
const likeness = ({ fields: all }: Estimate, start: Estimate): number => {
  let sum = 0;
  for (const [field, level] of everyLevel) {
    const began = start.fields[field][level];
    const now = all[field][level];
    if (began && now) sum += began.match * Math.log(now.match) + began.other * Math.log(now.other);
  }
  return sum;
};

const everyLevel = fields.flatMap((field) =>
  fieldLevels[field].map((level): readonly [Field, Level] => [field, level]),
);

const maximize = (
  pairs: readonly Expected[],
  { start, startPairs }: Required<Pick<Options, 'start' | 'startPairs'>>,
): Estimate => {
  const total = pairs.reduce((sum, counted) => sum + counted.pairs, 0);
  const matches = pairs.reduce((sum, counted) => sum + counted.matches, 0);
  const sharesOf = (field: Field): FieldShares => {
    const present = pairs.filter(({ comparison }) => comparison[field] !== undefined);
    return present.length === 0
      ? start.fields[field]
      : levelShares(present, { field, began: start.fields[field], startPairs });
  };
  return {
    matchShare: matches / total,
    fields: Object.fromEntries(fields.map((field) => [field, sharesOf(field)])) as Shares,
  };
};

type FieldStart = Readonly<{ field: Field; began: FieldShares; startPairs: number }>;

const levelShares = (
  present: readonly Expected[],
  { field, began, startPairs }: FieldStart,
): FieldShares => {
  const sums = new Map<Level, { match: number; other: number }>();
  const total = { match: startPairs, other: startPairs };
  for (const { comparison, pairs, matches } of present) {
    const level = comparison[field] as Level;
    const sum = sums.get(level) ?? { match: 0, other: 0 };
    sums.set(level, sum);
    for (const into of [sum, total]) {
      into.match += matches;
      into.other += pairs - matches;
    }
  }
  const share = (level: Level, of: keyof LevelShares): number =>
    ((sums.get(level)?.[of] ?? 0) + startPairs * (began[level]?.[of] ?? 0)) / total[of];
  return Object.fromEntries(
    fieldLevels[field].map((level) => [
      level,
      { match: share(level, 'match'), other: share(level, 'other') },
    ]),
  );
};
