import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  earningOrder,
  earningProgram,
  earningRule,
  tierLadder,
} from '#shared/testing/worlds/earning.ts';
import { localDateOf } from '../time/local-time.ts';
import type { EarningOrder } from './earning-order.ts';
import {
  advance,
  canGoOn,
  comesAfter,
  type EarningState,
  emptyState,
  replay,
} from './earning-state.ts';
import type { Earning } from './program.ts';
import type { AmountBands, EarningCaps, EarningRule } from './rating/earning-rule.ts';
import type { Rating } from './rating/rate-order.ts';
import { fractionText, plus, type Rational, rational, wholeOf, zero } from './rating/rational.ts';
import type { TierLadder } from './tiers/tier-ladder.ts';
import { tierStatus } from './tiers/tier-status.ts';

const startMs = Date.parse('2026-10-20T00:00:00Z');
const hourMs = 3_600_000;

/**
 * Orders of ten weeks around a change of clocks and of the year, often at the same instant, some
 * refunded in full.
 */
const anyOrders: fc.Arbitrary<readonly EarningOrder[]> = fc
  .array(
    fc.record({
      hour: fc.nat(24 * 75),
      amountMinor: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 4_000_000 })),
      currency: fc.constantFrom('USD', 'USD', 'USD', 'EUR', 'INR'),
      cohorts: fc.constantFrom([], ['vip']),
    }),
    { maxLength: 12 },
  )
  .map((orders) =>
    orders.map(({ hour, ...fields }, index) => ({
      ...fields,
      orderId: `o-${(index * 7) % 12}`,
      placedAt: new Date(startMs + (hour - (hour % 6)) * hourMs),
    })),
  );

const anyRounding = fc.constantFrom('floor', 'half-up', 'carry');
const anyBands: fc.Arbitrary<AmountBands | undefined> = fc.option(
  fc.record({
    mode: fc.constantFrom('marginal', 'whole'),
    bands: fc.constant([
      { fromMinor: 500_000, multiplierBp: 12_345 },
      { fromMinor: 2_000_000, multiplierBp: 5_000 },
    ]),
  }),
  { nil: undefined },
);
const anyCaps: fc.Arbitrary<EarningCaps> = fc.record(
  { order: fc.nat(400), day: fc.nat(600), month: fc.nat(1_500) },
  { requiredKeys: [] },
);
const promotions = [
  { id: 'b', from: new Date(startMs), until: new Date('2026-11-15'), multiplierBp: 15_001 },
  { id: 'a', from: new Date('2026-11-01'), until: new Date('2027-01-01'), multiplierBp: 20_000 },
].map((promotion) => ({ ...promotion, cohort: promotion.id === 'a' ? 'vip' : undefined }));

const anyTerms = fc.record({
  rate: fc.record({ points: fc.integer({ min: 1, max: 7 }), perMinor: fc.constant(9_999) }),
  rounding: anyRounding,
  bands: anyBands,
  promotions: fc.constantFrom([], promotions),
  caps: anyCaps,
});
const anyLadder = fc.record({
  metric: fc.constantFrom('earned', 'spend'),
  currency: fc.constant('USD'),
  window: fc.oneof(
    fc.constant({ kind: 'lifetime' } as const),
    fc.constant({ kind: 'calendar-year' } as const),
    fc.integer({ min: 1, max: 40 }).map((days) => ({ kind: 'rolling', days }) as const),
  ),
  graceDays: fc.nat(5),
  downgrade: fc.constantFrom('never', 'one-level', 'to-metric'),
});

/** Two rules for dollars, one for euros, none for rupees, and up to two ladders. */
const anyEarning: fc.Arbitrary<Earning> = fc
  .record({
    terms: fc.tuple(anyTerms, anyTerms, anyTerms),
    ladders: fc.array(anyLadder, { maxLength: 2 }),
    timeZone: fc.constantFrom('America/New_York', 'Asia/Kolkata'),
  })
  .map(({ terms: [first, second, euros], ladders, timeZone }) => ({
    program: earningProgram(
      [
        earningRule({ ...first, currency: 'USD' }),
        earningRule({
          ...second,
          currency: 'USD',
          version: 2,
          validFrom: new Date('2026-11-20T12:00:00Z'),
        }),
        earningRule({ ...euros, currency: 'EUR', version: 3 }),
      ],
      ladders.map((ladder, index) =>
        tierLadder({
          ...ladder,
          version: index + 1,
          validFrom: new Date(startMs + index * 30 * 24 * hourMs),
        }),
      ),
    ),
    timeZone,
  }));

const shuffled = (orders: readonly EarningOrder[]) =>
  fc.shuffledSubarray([...orders], { minLength: orders.length });

/**
 * What a store does: advances with an order that comes after all others, and replays all for one
 * that does not.
 */
const arrive = (earning: Earning, orders: readonly EarningOrder[]) => {
  let state: EarningState = emptyState;
  let ratings = new Map<string, Rating>();
  orders.forEach((order, index) => {
    if (comesAfter(state, order)) {
      const next = advance(earning, state, order);
      state = throughJson(next.state);
      if (next.ratingOutcome.kind === 'rated')
        ratings.set(order.orderId, next.ratingOutcome.rating);
    } else {
      const all = replay(earning, orders.slice(0, index + 1));
      state = throughJson(all.state);
      ratings = ratingsOf(all.ratings);
    }
  });
  return { state, ratings };
};

const throughJson = (state: EarningState) => JSON.parse(JSON.stringify(state)) as EarningState;

const ratingsOf = (ratings: readonly Rating[]) =>
  new Map(ratings.map((rating) => [rating.orderId, rating]));

describe('the points of orders', () => {
  it('do not depend on the order in which the orders arrive', () => {
    const scene = anyOrders.chain((orders) => fc.tuple(fc.constant(orders), shuffled(orders)));
    fc.assert(
      fc.property(anyEarning, scene, (earning, [orders, arriving]) => {
        const { state, ratings } = replay(earning, orders);
        const arrived = arrive(earning, arriving);
        expect(arrived.ratings).toEqual(ratingsOf(ratings));
        expect(arrived.state).toEqual(throughJson(state));
      }),
      { numRuns: 300 },
    );
  });

  it('are those of the other orders alone, if one is refunded in full or refused', () => {
    fc.assert(
      fc.property(anyEarning, anyOrders, (earning, orders) => {
        const counting = orders.filter(
          ({ amountMinor, currency }) => amountMinor > 0 && currency !== 'INR',
        );
        const { state, ratings } = replay(earning, orders);
        const without = replay(earning, counting);
        expect(state).toEqual(without.state);
        expect(ratings.filter(({ trace }) => trace.length > 0)).toEqual(without.ratings);
        const others = ratings.filter(({ trace }) => trace.length === 0);
        expect(others.every(({ points }) => points === 0)).toBe(true);
      }),
    );
  });

  it('never pass a cap of an order, a local day or a local month', () => {
    const scene = fc.record({ caps: anyCaps, terms: anyTerms, ladder: anyLadder });
    fc.assert(
      fc.property(scene, anyOrders, ({ caps, terms, ladder }, orders) => {
        const rules = ['USD', 'EUR'].map((currency) => earningRule({ ...terms, currency, caps }));
        const earning = {
          program: earningProgram(rules, [tierLadder(ladder)]),
          timeZone: 'America/New_York',
        };
        const { ratings } = replay(earning, orders);
        for (const [cap, length] of [
          [caps.order, undefined],
          [caps.day, 10],
          [caps.month, 7],
        ] as const) {
          if (cap === undefined) continue;
          expect(Math.max(0, ...pointsBy(orders, ratings, length))).toBeLessThanOrEqual(cap);
        }
      }),
    );
  });

  it('are the whole points of the exact sum, if remainders carry and nothing is capped', () => {
    fc.assert(
      fc.property(anyTerms, anyBands, anyOrders, (terms, bands, orders) => {
        const rule = earningRule({ ...terms, bands, caps: {}, rounding: 'carry', currency: 'USD' });
        const earning = { program: earningProgram([rule]), timeZone: 'UTC' };
        const { state, ratings } = replay(earning, orders);
        const exact = ratings.map(exactOf).reduce(plus, zero);
        const points = ratings.reduce((sum, rating) => sum + rating.points, 0);
        expect(points).toBe(Number(wholeOf(exact)));
        const all = plus(rational(BigInt(points), 1n), carryOf(state));
        expect(fractionText(all)).toBe(fractionText(exact));
      }),
    );
  });

  it('add up in the state', () => {
    fc.assert(
      fc.property(anyEarning, anyOrders, (earning, orders) => {
        const { state, ratings } = replay(earning, orders);
        expect(state.lifetime.earned).toBe(ratings.reduce((sum, { points }) => sum + points, 0));
        const dollars = orders.filter(({ currency }) => currency === 'USD');
        const spent = dollars.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
        expect(state.lifetime.spend['USD'] ?? 0).toBe(spent);
      }),
    );
  });
});

const pointsBy = (
  orders: readonly EarningOrder[],
  ratings: readonly Rating[],
  dateLength: number | undefined,
): readonly number[] => {
  if (dateLength === undefined) return ratings.map(({ points }) => points);
  const sums = new Map<string, number>();
  for (const { orderId, points } of ratings) {
    const order = orders.find((candidate) => candidate.orderId === orderId)!;
    const span = localDateOf('America/New_York', order.placedAt).slice(0, dateLength);
    sums.set(span, (sums.get(span) ?? 0) + points);
  }
  return [...sums.values()];
};

/**
 * The exact worth of an order before remainders: the last fraction of its trace that is not a carry
 * or a whole number.
 */
const exactOf = ({ trace }: Rating): Rational => {
  const text = trace.findLast(({ step }) => !['carry', 'rounding'].includes(step))?.exact ?? '0/1';
  const [num = '', den = ''] = text.split('/');
  return rational(BigInt(num), BigInt(den));
};

const carryOf = ({ carry: [num, den] }: EarningState) => rational(BigInt(num), BigInt(den));

describe('advance', () => {
  const half: EarningRule = earningRule({ rate: { points: 1, perMinor: 20_000 } });
  const earningOf = (rule: EarningRule, ladders: readonly TierLadder[] = []): Earning => ({
    program: earningProgram([rule], ladders),
    timeZone: 'Asia/Kolkata',
  });
  const at = (time: string) => new Date(`2026-06-${time}Z`);

  it('lets an order profit from the tier that the orders before it reached, not from its own', () => {
    const earning = earningOf(earningRule(), [tierLadder()]);
    const amountMinor = 1_000_000;
    const orders = ['01T10:00:00', '01T10:00:01', '01T10:00:02'].map((time, index) =>
      earningOrder({ orderId: `o-${index}`, placedAt: at(time), amountMinor }),
    );
    const points = replay(earning, orders).ratings.map((rating) => rating.points);
    expect(points).toEqual([100, 200, 300]);
  });

  it('takes orders of one instant by their ids, in code units', () => {
    const earning = earningOf(earningRule(), [tierLadder()]);
    const orders = ['b', 'a', 'Z'].map((orderId) =>
      earningOrder({ orderId, amountMinor: 1_000_000 }),
    );
    const paid = replay(earning, orders).ratings.map(({ orderId, points }) => [orderId, points]);
    expect(paid).toEqual([
      ['Z', 100],
      ['a', 200],
      ['b', 300],
    ]);
  });

  it('caps days and months of the local time', () => {
    const earning = earningOf(earningRule({ caps: { day: 3, month: 5 } }));
    // In Kolkata 18:30 UTC is midnight, so these are two orders each of 29 and 30 June, and one of
    // 1 July.
    const times = ['29T12:00:00', '29T18:29:59', '29T18:30:00', '30T18:29:59', '30T18:30:00'];
    const orders = times.map((time, index) =>
      earningOrder({ orderId: `o-${index}`, placedAt: at(time), amountMinor: 20_000 }),
    );
    const points = replay(earning, orders).ratings.map((rating) => rating.points);
    expect(points).toEqual([2, 1, 2, 0, 2]);
  });

  it('carries the remainder from order to order', () => {
    const earning = earningOf({ ...half, rounding: 'carry' });
    const first = advance(earning, emptyState, earningOrder());
    expect(first.state.carry).toEqual(['1', '2']);
    const next = earningOrder({ orderId: 'o-2' });
    const second = advance(earning, first.state, next);
    expect(second).toMatchObject({
      state: { carry: ['0', '1'] },
      ratingOutcome: { kind: 'rated', rating: { points: 1 } },
    });
  });

  it('changes nothing by what it refuses', () => {
    const { state } = advance(earningOf(half), emptyState, earningOrder());
    const dollars = earningOrder({ orderId: 'o-2', currency: 'USD' });
    const refused = advance(earningOf(half), state, dollars);
    expect(refused.state).toBe(state);
    expect(refused.ratingOutcome).toMatchObject({ kind: 'refused', reason: 'wrong-currency' });
  });

  it('takes an order that comes before the last one of the state for a bug', () => {
    const { state } = advance(earningOf(half), emptyState, earningOrder());
    expect(comesAfter(state, earningOrder())).toBe(false);
    expect(() => advance(earningOf(half), state, earningOrder())).toThrow('comes after');
  });

  it('keeps the days of the month, and with tiers as many as the longest window may take', () => {
    const daily = Array.from({ length: 400 }, (_, day) =>
      earningOrder({ orderId: `o-${day}`, placedAt: new Date(startMs + day * 24 * hourMs) }),
    );
    const daysUnder = (ladders: readonly TierLadder[]) =>
      replay(earningOf(half, ladders), daily).state.days.on;
    // The last order is of 23 November 2027.
    expect(daysUnder([])).toHaveLength(23);
    const rolling = tierLadder({ window: { kind: 'rolling', days: 50 } });
    expect(daysUnder([rolling])).toHaveLength(366);
  });
});

describe('canGoOn', () => {
  const order = earningOrder();
  const zone = 'UTC';
  const under = (...ladders: readonly TierLadder[]): Earning => ({
    program: earningProgram([earningRule()], ladders),
    timeZone: zone,
  });
  const short = tierLadder({ window: { kind: 'rolling', days: 10 } });
  const later = new Date('2026-07-01T00:00:00Z');
  const { state } = replay(under(short), [order]);

  it.each([
    ['the same program', under(short), true],
    ['a shorter window to come', under(short, { ...short, version: 2, validFrom: later }), true],
    [
      'a window longer than any may be',
      under(short, {
        ...short,
        version: 2,
        validFrom: later,
        window: { kind: 'rolling', days: 367 },
      }),
      false,
    ],
    ['a ladder that was in force already', under(short, { ...short, version: 2 }), false],
    ['no ladder any more', under(), false],
  ])('is right for %s', (_what, earning, expected) => {
    expect(canGoOn(earning, state)).toBe(expected);
  });

  it('is true of the state of a customer who never ordered', () => {
    expect(canGoOn(under(short), emptyState)).toBe(true);
  });

  it('gives a program with further orders the result that it would have had from the start', () => {
    const next = { ...short, version: 2, validFrom: later, metric: 'spend' } as const;
    const now = new Date('2026-08-01T00:00:00Z');
    const known = replay(under(short, next), [order]).state;
    expect(tierStatus(under(short, next), state, now)).toEqual(
      tierStatus(under(short, next), known, now),
    );
  });
});
