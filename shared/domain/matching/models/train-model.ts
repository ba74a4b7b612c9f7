import {
  type Comparison,
  type Field,
  fieldLevels,
  fields,
  type Level,
} from '../comparing/comparison.ts';
import { scoreComparison } from '../comparing/score-pair.ts';
import { type CountedComparison, estimateModel } from './estimate-model.ts';
import type { FieldShares, LevelShares, MatchingModel } from './matching-model.ts';

/** What a model is trained on; no pair needs a label. */
export type TrainingPairs = Readonly<{
  /** Pairs that share a blocking key. */
  candidates: readonly CountedComparison[];
  /** Pairs drawn at random from all. */
  random: readonly CountedComparison[];
  /** How many pairs there are in all, compared or not. */
  allPairs: number;
}>;

/** Details of which every agreement is a candidate, so that pairs that agree are a fair sample. */
const anchors = ['phone', 'email', 'card', 'document'] as const satisfies readonly Field[];
/** Two people who share a phone live at one place, so it distinguishes nobody. */
const places = ['address', 'postcode'] as const satisfies readonly Field[];
/** Fewer pairs that agree in a detail teach nothing. */
const pairsMin = 200;
/** The shares of the base count as much as this many pairs. */
const basePairs = 50;
const passes = 10;

/**
 * Trains a model on comparisons alone. Among pairs that agree in one detail, such as the phone,
 * the match shares of the other fields are estimated by expectation and maximization, and averaged
 * over the details. How often fields agree by chance is counted in random pairs; for names, which
 * families share, it is estimated with the matches, and for the details themselves it is what the
 * matches leave of the pairs that agree. The match shares of details and places and the prior are
 * those that the scores of all candidates imply. What the pairs do not show stays as in the base.
 */
export const trainModel = (
  { candidates, random, allPairs }: TrainingPairs,
  base: MatchingModel,
  version: string,
): MatchingModel => {
  const sessions = anchors.flatMap((anchor) => sessionOf(anchor, candidates, base));
  // A few random pairs are of one person, too.
  const apart = random.map(({ comparison, pairs }) => ({
    comparison,
    pairs: pairs * (1 - scoreComparison(comparison, base).probability),
  }));
  const learned = mapFields((field) => {
    const own = base.fields[field];
    const seen = sessions.filter((session) => session.anchor !== field);
    const match = average(seen, { field, of: 'match', base: own });
    if (field === 'name')
      return join(field, match, average(seen, { field, of: 'other', base: own }));
    const byChance = countLevels(apart, { field, of: 'other', base: own });
    const agreed = sessions.find(({ anchor }) => anchor === field);
    const both = allPairs * shareWith(field, random);
    return join(field, match, agreed ? withExact(byChance, (agreed.others + 1) / both) : byChance);
  });
  return settle({ ...base, version, fields: learned }, { candidates, allPairs });
};

/** How many pairs have a field in both records. */
const shareWith = (field: Field, compared: readonly CountedComparison[]): number => {
  const present = compared.filter(({ comparison }) => comparison[field] !== undefined);
  return sum(present.map(({ pairs }) => pairs)) / sum(compared.map(({ pairs }) => pairs));
};

/** The same shares with another one of exact agreement, too rare to be seen in random pairs. */
const withExact = (shares: Shares, exact: number): Shares => {
  const rest = (1 - exact) / (1 - (shares.get('exact') ?? 0));
  return new Map(
    [...shares].map(([level, share]) => [level, level === 'exact' ? exact : share * rest]),
  );
};

type Session = Readonly<{
  anchor: Field;
  /** Pairs that agree in the detail, of one person and of two. */
  matches: number;
  others: number;
  fields: MatchingModel['fields'];
}>;

/** What pairs that agree in a detail show of the other fields. */
const sessionOf = (
  anchor: Field,
  candidates: readonly CountedComparison[],
  base: MatchingModel,
): readonly Session[] => {
  const left = new Set<Field>([anchor, ...(anchor === 'document' ? [] : places)]);
  const agreeing = candidates
    .filter(({ comparison }) => comparison[anchor] === 'exact')
    .map(({ comparison, pairs }) => ({ comparison: without(left, comparison), pairs }));
  const total = sum(agreeing.map(({ pairs }) => pairs));
  if (total < pairsMin) return [];
  const start = { matchShare: 0.5, fields: base.fields };
  const { matchShare, fields: found } = estimateModel(agreeing, { start, startPairs: basePairs });
  const matches = matchShare * total;
  return [{ anchor, matches, others: total - matches, fields: found }];
};

const without = (left: ReadonlySet<Field>, comparison: Comparison): Comparison =>
  Object.fromEntries(Object.entries(comparison).filter(([field]) => !left.has(field as Field)));

type Wanted = Readonly<{ field: Field; of: keyof LevelShares; base: FieldShares }>;
type Shares = ReadonlyMap<Level, number>;

/** Weighted by matches; those of the base where no pairs agreed. */
const average = (sessions: readonly Session[], { field, of, base }: Wanted): Shares => {
  const total = sum(sessions.map(({ matches }) => matches));
  const share = (level: Level): number =>
    sum(sessions.map((session) => session.matches * (session.fields[field][level]?.[of] ?? 0)));
  return sharesOf(field, (level) =>
    total === 0 ? (base[level]?.[of] ?? 0) : share(level) / total,
  );
};

/**
 * Counts, to which some pairs as the base model expects them are added, so that nothing is
 * impossible.
 */
const countLevels = (
  compared: readonly CountedComparison[],
  { field, of, base }: Wanted,
): Shares => {
  const present = compared.filter(({ comparison }) => comparison[field] !== undefined);
  if (present.length === 0) return sharesOf(field, (level) => base[level]?.[of] ?? 0);
  const total = basePairs + sum(present.map(({ pairs }) => pairs));
  const counted = (level: Level): number =>
    sum(present.filter(({ comparison }) => comparison[field] === level).map(({ pairs }) => pairs));
  return sharesOf(
    field,
    (level) => (counted(level) + basePairs * (base[level]?.[of] ?? 0)) / total,
  );
};

/** Lets the details and the prior follow from the scores of all candidates, until they agree. */
const settle = (
  learned: MatchingModel,
  { candidates, allPairs }: Pick<TrainingPairs, 'candidates' | 'allPairs'>,
): MatchingModel => {
  let model = learned;
  for (let pass = 0; pass < passes; pass += 1) {
    const matches = candidates.map(({ comparison, pairs }) => ({
      comparison,
      pairs: pairs * scoreComparison(comparison, model).probability,
    }));
    const of = (field: Field) => {
      const match = countLevels(matches, { field, of: 'match', base: learned.fields[field] });
      return join(field, match, otherOf(model.fields[field], field));
    };
    const prior = Math.max(1, sum(matches.map(({ pairs }) => pairs))) / allPairs;
    const details = Object.fromEntries([...anchors, ...places].map((field) => [field, of(field)]));
    model = { ...model, prior, fields: { ...model.fields, ...details } };
  }
  return model;
};

const otherOf = (shares: FieldShares, field: Field): Shares =>
  sharesOf(field, (level) => shares[level]?.other ?? 0);

const sharesOf = (field: Field, of: (level: Level) => number): Shares =>
  new Map(fieldLevels[field].map((level) => [level, of(level)]));

const join = (field: Field, match: Shares, other: Shares): FieldShares =>
  Object.fromEntries(
    fieldLevels[field].map((level) => [
      level,
      { match: match.get(level) ?? 0, other: other.get(level) ?? 0 },
    ]),
  );

const mapFields = (of: (field: Field) => FieldShares): MatchingModel['fields'] =>
  Object.fromEntries(fields.map((field) => [field, of(field)])) as MatchingModel['fields'];

const sum = (numbers: readonly number[]): number =>
  numbers.reduce((total, number) => total + number, 0);
