import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { earningOrder, earningRule, tierLadder } from '#shared/testing/worlds/earning.ts';
import type { AmountBands, EarningRule, Promotion } from './earning-rule.ts';
import { type Circumstances, noCircumstances, rateOrder } from './rate-order.ts';
import { fractionText, rational } from './rational.ts';

const pointsOf = (
  terms: Partial<EarningRule>,
  amountMinor: number,
  circumstances: Partial<Circumstances> = {},
) => rate(terms, { amountMinor }, circumstances).rating.points;

const rate = (
  terms: Partial<EarningRule>,
  fields: Parameters<typeof earningOrder>[0],
  circumstances: Partial<Circumstances> = {},
) => rateOrder(earningRule(terms), earningOrder(fields), { ...noCircumstances, ...circumstances });

const anyAmount = fc.integer({ min: 1, max: 1_000_000_000_000 });

describe('rateOrder by rate', () => {
  it.each([
    [0, 0],
    [9_999, 0],
    [10_000, 1],
    [19_999, 1],
    [125_050, 12],
    [1_000_000_000_000, 100_000_000],
  ])('pays %i paise with %i points', (amountMinor, points) => {
    expect(pointsOf({}, amountMinor)).toBe(points);
  });

  it('pays the exact proportion, not only whole steps', () => {
    expect(pointsOf({ rate: { points: 3, perMinor: 10_000 } }, 6_667)).toBe(2);
  });

  it('equals the result of big integers, for any rate and amount, plain integers or not', () => {
    const anyRate = fc.record({
      points: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 1_000_000_000 })),
      perMinor: fc.integer({ min: 200_000, max: 1_000_000_000_000 }),
    });
    fc.assert(
      fc.property(anyAmount, anyRate, (amountMinor, rate) => {
        const exact = (BigInt(amountMinor) * BigInt(rate.points)) / BigInt(rate.perMinor);
        expect(pointsOf({ rate }, amountMinor)).toBe(Number(exact));
      }),
    );
  });

  it('is the same with plain integers and with big ones', () => {
    fc.assert(
      fc.property(anyAmount, fc.integer({ min: 1, max: 9_000 }), (amountMinor, points) => {
        const terms = { rate: { points, perMinor: 10_007 } };
        const plain = rate(terms, { amountMinor }).rating;
        const big = rate({ ...terms, rounding: 'carry' }, { amountMinor }).rating;
        expect(big.points).toBe(plain.points);
        expect(big.trace[0]).toEqual(plain.trace[0]);
      }),
    );
  });

  it.each([-1, 0.5, 1_000_000_000_001, Number.NaN])('takes %d for a bug', (amountMinor) => {
    expect(() => pointsOf({}, amountMinor)).toThrow('Invariant broken');
  });

  it('treats more points than an integer can represent as a bug', () => {
    const terms = { rate: { points: 1_000_000, perMinor: 1 } };
    expect(() => pointsOf(terms, 1_000_000_000_000)).toThrow('too many for one order');
  });
});

describe('rateOrder by rounding', () => {
  it.each([
    ['floor', 14_999, 1],
    ['floor', 15_000, 1],
    ['half-up', 14_999, 1],
    ['half-up', 15_000, 2],
    ['half-up', 4_999, 0],
    ['carry', 19_999, 1],
  ] as const)('%s pays %i paise with %i points', (rounding, amountMinor, points) => {
    expect(pointsOf({ rounding }, amountMinor)).toBe(points);
  });

  it('adds the remainder kept and keeps the new one, if it is to carry', () => {
    const carry = rational(3n, 4n);
    const { rating, carry: kept } = rate({ rounding: 'carry' }, { amountMinor: 5_000 }, { carry });
    expect([rating.points, fractionText(kept)]).toEqual([1, '1/4']);
    expect(rating.trace.map(({ step, exact }) => `${step} ${exact}`)).toEqual([
      'rate 1/2',
      'carry 5/4',
      'rounding 1/1',
    ]);
  });

  it.each(['floor', 'half-up'] as const)('leaves the remainder alone by %s', (rounding) => {
    const carry = rational(3n, 4n);
    const { rating, carry: kept } = rate({ rounding }, { amountMinor: 4_000 }, { carry });
    expect([rating.points, kept]).toEqual([0, carry]);
  });
});

const bands = (mode: AmountBands['mode']): AmountBands => ({
  mode,
  bands: [
    { fromMinor: 50_000, multiplierBp: 15_000 },
    { fromMinor: 100_000, multiplierBp: 20_000 },
  ],
});

describe('rateOrder by bands', () => {
  it.each([
    ['marginal', 49_999, 4],
    ['marginal', 50_000, 5],
    ['marginal', 70_000, 8],
    ['marginal', 100_000, 12],
    ['marginal', 200_000, 32],
    ['whole', 49_999, 4],
    ['whole', 50_000, 7],
    ['whole', 70_000, 10],
    ['whole', 100_000, 20],
    ['whole', 200_000, 40],
  ] as const)('%s pays %i paise with %i points', (mode, amountMinor, points) => {
    expect(pointsOf({ bands: bands(mode) }, amountMinor)).toBe(points);
  });

  it('pays every paisa by its own band, so that marginal points never jump and never fall', () => {
    const anyBands = fc
      .uniqueArray(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 5 })
      .chain((starts) =>
        fc
          .array(fc.integer({ min: 1, max: 50_000 }), {
            minLength: starts.length,
            maxLength: starts.length,
          })
          .map((multipliers): AmountBands => {
            const ascending = starts.toSorted((one, other) => one - other);
            const withMultiplier = (fromMinor: number, index: number) => ({
              fromMinor,
              multiplierBp: multipliers[index] ?? 1,
            });
            return { mode: 'marginal', bands: ascending.map(withMultiplier) };
          }),
      );
    fc.assert(
      fc.property(anyBands, fc.integer({ min: 1, max: 6_000 }), (someBands, amountMinor) => {
        // At 10,000 points per minor unit the points are the multipliers of each unit, summed up in
        // basis points.
        const terms = { bands: someBands, rate: { points: 10_000, perMinor: 1 } };
        const more = pointsOf(terms, amountMinor + 1) - pointsOf(terms, amountMinor);
        const reached = someBands.bands.filter(({ fromMinor }) => fromMinor <= amountMinor);
        expect(more).toBe(reached.at(-1)?.multiplierBp ?? 10_000);
      }),
    );
  });
});

const promotion = (fields: Partial<Promotion> = {}): Promotion => ({
  id: 'diwali',
  from: new Date('2026-06-01T00:00:00Z'),
  until: new Date('2026-06-02T00:00:00Z'),
  multiplierBp: 20_000,
  ...fields,
});

describe('rateOrder by promotions', () => {
  it.each([
    ['2026-05-31T23:59:59.999Z', 1],
    ['2026-06-01T00:00:00Z', 2],
    ['2026-06-01T23:59:59.999Z', 2],
    ['2026-06-02T00:00:00Z', 1],
  ])('counts one from its beginning to before its end: at %s %i', (placedAt, points) => {
    const { rating } = rate({ promotions: [promotion()] }, { placedAt: new Date(placedAt) });
    expect(rating.points).toBe(points);
  });

  it('is for the members of its cohort, where it has one', () => {
    const promotions = [promotion({ cohort: 'vip' })];
    expect(rate({ promotions }, { cohorts: ['new'] }).rating.points).toBe(1);
    expect(rate({ promotions }, { cohorts: ['new', 'vip'] }).rating.points).toBe(2);
  });

  it('multiplies by all in force, in order of their ids', () => {
    const promotions = [promotion({ id: 'b', multiplierBp: 30_000 }), promotion({ id: 'a' })];
    const { rating } = rate({ promotions }, {});
    expect(rating.points).toBe(6);
    expect(rating.trace.map(({ says }) => says)).toEqual([
      '1 point per 10000 minor units',
      'a × 2',
      'b × 3',
      'rounded down',
    ]);
  });
});

describe('rateOrder by caps', () => {
  it.each([
    ['order', { order: 5 }, {}, 5],
    ['day', { day: 5 }, { earnedOnDay: 2, earnedInMonth: 2 }, 3],
    ['month', { month: 5 }, { earnedOnDay: 0, earnedInMonth: 4 }, 1],
    ['day, used up', { day: 5 }, { earnedOnDay: 5, earnedInMonth: 5 }, 0],
    ['day, lowered since', { day: 5 }, { earnedOnDay: 8, earnedInMonth: 8 }, 0],
    ['all three', { order: 7, day: 9, month: 9 }, { earnedOnDay: 1, earnedInMonth: 3 }, 6],
    ['none that is reached', { order: 10, day: 12, month: 12 }, { earnedOnDay: 2 }, 10],
  ])('pays no more than the cap of the %s', (_which, caps, circumstances, points) => {
    expect(pointsOf({ caps }, 100_000, circumstances)).toBe(points);
  });

  it('lists no step for a cap that is just reached', () => {
    const { rating } = rate({ caps: { order: 1, day: 1 } }, {});
    expect(rating.trace.map(({ step }) => step)).toEqual(['rate', 'rounding']);
  });

  it('loses what is cut off, and keeps the remainder below one point', () => {
    const terms = { rounding: 'carry', caps: { order: 2 } } as const;
    const { rating, carry } = rate(terms, { amountMinor: 57_500 });
    expect([rating.points, fractionText(carry)]).toEqual([2, '3/4']);
  });
});

describe('rateOrder', () => {
  it('applies all terms in one fixed order, and lists the steps', () => {
    const terms: Partial<EarningRule> = {
      rounding: 'carry',
      bands: bands('marginal'),
      promotions: [promotion({ id: 'diwali', multiplierBp: 12_500 })],
      caps: { order: 50, day: 40, month: 30 },
    };
    const [, tier] = tierLadder().tiers;
    const circumstances = {
      tier,
      carry: rational(1n, 2n),
      earnedOnDay: 1,
      earnedInMonth: 5,
    };
    const { rating, carry } = rate(terms, { amountMinor: 123_400 }, circumstances);
    expect(rating).toEqual({
      orderId: 'o-1',
      points: 25,
      ruleVersion: 1,
      trace: [
        { step: 'rate', says: '1 point per 10000 minor units', exact: '617/50' },
        {
          step: 'bands',
          says: 'marginal bands: 50000 × 1 + 50000 × 1.5 + 23400 × 2',
          exact: '859/50',
        },
        { step: 'tier', says: 'Gold × 3', exact: '2577/50' },
        { step: 'promotion', says: 'diwali × 1.25', exact: '2577/40' },
        { step: 'carry', says: '1/2 left over from before', exact: '2597/40' },
        { step: 'rounding', says: 'rounded down, 37/40 kept', exact: '64/1' },
        { step: 'cap', says: 'cap of the order 50', exact: '50/1' },
        { step: 'cap', says: 'cap of the day 40, 39 left', exact: '39/1' },
        { step: 'cap', says: 'cap of the month 30, 25 left', exact: '25/1' },
      ],
    });
    expect(fractionText(carry)).toBe('37/40');
  });

  it('lists no step for multipliers that change nothing', () => {
    const tier = { name: 'Base', threshold: 1, multiplierBp: 10_000 };
    const terms = { bands: bands('whole'), promotions: [promotion({ multiplierBp: 10_000 })] };
    const { rating } = rate(terms, { amountMinor: 20_000 }, { tier });
    expect(rating.trace.map(({ step }) => step)).toEqual(['rate', 'rounding']);
  });

  it('pays nothing for an order with nothing left, and keeps the remainder', () => {
    const carry = rational(1n, 3n);
    expect(rate({ rounding: 'carry' }, { amountMinor: 0 }, { carry })).toEqual({
      rating: { orderId: 'o-1', points: 0, ruleVersion: 1, trace: [] },
      carry,
    });
  });
});
