import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EarningTerms, plainTerms } from '#shared/domain/earning/rating/earning-rule.ts';
import { rateOrder } from '#shared/domain/earning/rating/rate-order.ts';
import { rational } from '#shared/domain/earning/rating/rational.ts';
import { amountMinorMax } from '#shared/domain/money/minor-units.ts';
import { mostPoints, multiplierBpMax } from './decide.ts';

const day = (date: number) => new Date(Date.UTC(2026, 0, date));
const rate = { points: 1, perMinor: 10_000 };
const promotion = (id: string, [from, until]: [number, number], multiplierBp: number) => ({
  id,
  from: day(from),
  until: day(until),
  multiplierBp,
});
const withPromotions = (...promotions: EarningTerms['promotions'][number][]) =>
  mostPoints({ rate, promotions });

describe('mostPoints', () => {
  const plain = mostPoints({ rate, promotions: [] });

  it('multiplies promotions that overlap, not those that follow each other', () => {
    const [early, late] = [promotion('a', [1, 5], 20_000), promotion('b', [5, 9], 30_000)] as const;
    const both = promotion('c', [4, 6], 20_000);
    expect(withPromotions(early, late)).toBe((plain - 1n) * 3n + 1n);
    expect(withPromotions(early, late, both)).toBe((plain - 1n) * 6n + 1n);
  });

  it('ignores what gives less', () => {
    expect(withPromotions(promotion('a', [1, 5], 1))).toBe(plain);
    const bands = { mode: 'whole', bands: [{ fromMinor: 1, multiplierBp: 1 }] } as const;
    expect(mostPoints({ rate, bands, promotions: [] })).toBe(plain);
  });

  const multiplier = fc.integer({ min: 1, max: multiplierBpMax });
  const terms = fc.record({
    rate: fc.record({
      points: fc.integer({ min: 1, max: 3 }),
      perMinor: fc.integer({ min: 1, max: 1_000_000 }),
    }),
    bands: fc.record({
      mode: fc.constantFrom('marginal' as const, 'whole' as const),
      bands: fc
        .array(multiplier, { minLength: 1, maxLength: 3 })
        .map((all) =>
          all.map((multiplierBp, index) => ({ fromMinor: 10 ** (index * 4 + 1), multiplierBp })),
        ),
    }),
    promotions: fc
      .array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), multiplier), {
        maxLength: 4,
      })
      .map((all) =>
        all.map(([from, days, bp], index) => promotion(`p-${index}`, [from, from + days], bp)),
      ),
    rounding: fc.constantFrom('floor' as const, 'half-up' as const, 'carry' as const),
  });

  it('is never less than what an order earns', () => {
    fc.assert(
      fc.property(
        terms,
        fc.integer({ min: 1, max: amountMinorMax }),
        fc.integer({ min: 1, max: 18 }),
        (random, amountMinor, date) => {
          const most = mostPoints(random);
          fc.pre(most <= BigInt(Number.MAX_SAFE_INTEGER));
          const rule = { ...plainTerms, ...random, version: 1, currency: 'INR', validFrom: day(1) };
          const order = {
            orderId: 'o',
            placedAt: day(date),
            amountMinor,
            currency: 'INR',
            cohorts: [],
          };
          const tier = { name: 'Top', threshold: 1, multiplierBp: multiplierBpMax };
          const { rating } = rateOrder(rule, order, {
            tier,
            carry: rational(999n, 1000n),
            earnedOnDay: 0,
            earnedInMonth: 0,
          });
          expect(BigInt(rating.points)).toBeLessThanOrEqual(most);
        },
      ),
    );
  });
});
