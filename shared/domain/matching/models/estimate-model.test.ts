import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '#scripts/orders/random.ts';
import { type Comparison, fieldLevels, fields, type Level } from '../comparing/comparison.ts';
import {
  type CountedComparison,
  type Estimate,
  estimateModel,
  matchProbability,
} from './estimate-model.ts';
import { defaultModel, type FieldShares, type LevelShares } from './matching-model.ts';

const start: Estimate = { matchShare: 0.5, fields: defaultModel.fields };

/** Comparisons of pairs drawn from known shares; fields outside `truth` are missing. */
const draw = (
  truth: Readonly<{ matchShare: number; fields: Partial<Estimate['fields']> }>,
  { pairs, seed, missing = 0 }: Readonly<{ pairs: number; seed: number; missing?: number }>,
): readonly CountedComparison[] => {
  const random = seededRandom(seed);
  const levelOf = (shares: FieldShares, of: keyof LevelShares): Level => {
    let left = random();
    for (const [level, share] of Object.entries(shares))
      if ((left -= share[of]) <= 0) return level as Level;
    return 'differs';
  };
  const counted = new Map<string, number>();
  for (let pair = 0; pair < pairs; pair += 1) {
    const of = random() < truth.matchShare ? 'match' : 'other';
    const comparison = Object.fromEntries(
      Object.entries(truth.fields)
        .filter(() => random() >= missing)
        .map(([field, shares]) => [field, levelOf(shares, of)]),
    );
    const key = JSON.stringify(comparison);
    counted.set(key, (counted.get(key) ?? 0) + 1);
  }
  return [...counted].map(([key, of]) => ({
    comparison: JSON.parse(key) as Comparison,
    pairs: of,
  }));
};

const shares = (
  match: readonly number[],
  other: readonly number[],
  of: readonly Level[],
): FieldShares =>
  Object.fromEntries(
    of.map((level, index) => [level, { match: match[index]!, other: other[index]! }]),
  );
const truth = {
  matchShare: 0.3,
  fields: {
    name: shares([0.75, 0.12, 0.06, 0.04, 0.03], [0.01, 0.02, 0.07, 0.3, 0.6], fieldLevels.name),
    phone: shares([0.9, 0.06, 0.04], [0.1, 0.05, 0.85], fieldLevels.phone),
    email: shares([0.8, 0.1, 0.1], [0.02, 0.03, 0.95], fieldLevels.email),
    address: shares([0.5, 0.2, 0.1, 0.1, 0.1], [0.05, 0.05, 0.1, 0.2, 0.6], fieldLevels.address),
  },
};

describe('estimateModel', () => {
  it('recovers known shares within 0.02 from 50,000 pairs, a tenth of the values missing', () => {
    const compared = draw(truth, { pairs: 50_000, seed: 7, missing: 0.1 });
    const estimate = estimateModel(compared, { start });
    expect(Math.abs(estimate.matchShare - truth.matchShare)).toBeLessThan(0.02);
    for (const [field, known] of Object.entries(truth.fields) as [
      keyof typeof truth.fields,
      FieldShares,
    ][])
      for (const [level, share] of Object.entries(known) as [Level, LevelShares][]) {
        const found = estimate.fields[field][level]!;
        expect(Math.abs(found.match - share.match), `${field} ${level}`).toBeLessThan(0.02);
        expect(Math.abs(found.other - share.other), `${field} ${level}`).toBeLessThan(0.02);
      }
    const sure = matchProbability({ name: 'exact', phone: 'exact', email: 'exact' }, estimate);
    expect(sure).toBeGreaterThan(0.999);
  });

  const anyComparison = fc.record(
    Object.fromEntries(fields.map((field) => [field, fc.constantFrom(...fieldLevels[field])])),
    { requiredKeys: [] },
  ) as fc.Arbitrary<Comparison>;
  const anyCompared = fc.array(
    fc.record({ comparison: anyComparison, pairs: fc.integer({ min: 1, max: 50 }) }),
    {
      minLength: 1,
      maxLength: 40,
    },
  );

  it('never lowers the likelihood, with and without pairs added from the start', () => {
    fc.assert(
      fc.property(anyCompared, fc.constantFrom(0, 1, 20), (compared, startPairs) => {
        const { logLikelihoods } = estimateModel(compared, {
          start,
          startPairs,
          iterationsMax: 60,
        });
        const falls = logLikelihoods.filter(
          (now, at) => at > 0 && now < logLikelihoods[at - 1]! - 1e-6 * Math.abs(now),
        );
        expect(falls).toEqual([]);
      }),
    );
  });

  it('does not depend on the order of the pairs, and keeps the shares of fields that none has', () => {
    const compared = draw(truth, { pairs: 2_000, seed: 3 });
    const one = estimateModel(compared, { start });
    const other = estimateModel(compared.toReversed(), { start });
    expect(other.matchShare).toBeCloseTo(one.matchShare, 9);
    expect(one.fields.card).toEqual(start.fields.card);
  });
});
