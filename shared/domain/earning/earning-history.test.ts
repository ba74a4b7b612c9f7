import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { earningOrder } from '#shared/testing/worlds/earning.ts';
import { addDays } from '../time/local-time.ts';
import {
  addToHistory,
  type EarningHistory,
  type EarningTotals,
  earnedAround,
  emptyHistory,
  fallsBelowOn,
  keepFrom,
  metricOn,
} from './earning-history.ts';
import type { TierLadder } from './tiers/tier-ladder.ts';

/** An order of a date, from which on dates are kept. */
type Placed = Readonly<{
  /** Below zero where clocks are set back over midnight. */
  daysLater: number;
  amountMinor: number;
  currency: string;
  points: number;
  /** Days to keep before the date; undefined: all that there are. */
  keeps: number | undefined;
}>;

const anyOrders: fc.Arbitrary<readonly Placed[]> = fc.array(
  fc.record({
    daysLater: fc.oneof(fc.constant(0), fc.integer({ min: -1, max: 3 }), fc.nat(120)),
    amountMinor: fc.nat(1_000),
    currency: fc.constantFrom('INR', 'INR', 'EUR'),
    points: fc.nat(100),
    keeps: fc.option(fc.integer({ min: 2, max: 400 }), { nil: undefined }),
  }),
  { maxLength: 40 },
);

const anyLadder = fc
  .record({
    metric: fc.constantFrom('earned' as const, 'spend' as const),
    currency: fc.constantFrom('INR', 'EUR', 'USD'),
    window: fc.oneof(
      fc.record({ kind: fc.constant('rolling' as const), days: fc.integer({ min: 1, max: 366 }) }),
      fc.constantFrom({ kind: 'calendar-year' } as const, { kind: 'lifetime' } as const),
    ),
  })
  .map((counted) => counted as TierLadder);

/** The definition: a sum for each date. */
type Sums = Readonly<{ lifetime: EarningTotals; days: ReadonlyMap<string, EarningTotals> }>;

const plus = (totals: EarningTotals | undefined, { points, currency, amountMinor }: Placed) => ({
  earned: (totals?.earned ?? 0) + points,
  spend: { ...totals?.spend, [currency]: (totals?.spend[currency] ?? 0) + amountMinor },
});

const sumOf = (
  { days }: Sums,
  valueOf: (totals: EarningTotals) => number,
  isCounted: (date: string) => boolean,
) => [...days].reduce((sum, [date, own]) => sum + (isCounted(date) ? valueOf(own) : 0), 0);

const metricBySums = (ladder: TierLadder, sums: Sums, date: string): number => {
  const { metric, currency, window } = ladder;
  const valueOf = ({ earned, spend }: EarningTotals) =>
    metric === 'earned' ? earned : (spend[currency] ?? 0);
  if (window.kind === 'lifetime') return valueOf(sums.lifetime);
  const from =
    window.kind === 'rolling' ? addDays(date, 1 - window.days) : `${date.slice(0, 4)}-01-01`;
  return sumOf(sums, valueOf, (day) => day >= from);
};

/** The same orders in a history, and as a sum for each date; and the last date. */
const both = (orders: readonly Placed[]) => {
  let history = emptyHistory;
  let sums: Sums = { lifetime: emptyHistory.lifetime, days: new Map() };
  let date = '2024-11-20';
  for (const placed of orders) {
    date = addDays(date, placed.daysLater);
    const { points, ...order } = placed;
    history = addToHistory(history, date, { order: earningOrder(order), points });
    const own = plus(sums.days.get(date), placed);
    sums = { lifetime: plus(sums.lifetime, placed), days: new Map(sums.days).set(date, own) };
    if (placed.keeps === undefined) continue;
    const from = addDays(date, -placed.keeps);
    history = keepFrom(history, from);
    sums = { ...sums, days: new Map([...sums.days].filter(([day]) => day >= from)) };
  }
  return { history, sums, date };
};

describe('a history', () => {
  const scene = fc.tuple(anyLadder, anyOrders, fc.integer({ min: -40, max: 400 }));

  it('adds up to the sums of its dates, in each window and on each date', () => {
    fc.assert(
      fc.property(scene, ([ladder, orders, daysLater]) => {
        const { history, sums, date } = both(orders);
        expect(history.lifetime).toEqual(sums.lifetime);
        const on = addDays(date, daysLater);
        expect(metricOn(ladder, history, on)).toBe(metricBySums(ladder, sums, on));
        const earned = (isCounted: (day: string) => boolean) =>
          sumOf(sums, (totals) => totals.earned, isCounted);
        expect(earnedAround(history, on)).toEqual({
          earnedOnDay: earned((day) => day === on),
          earnedInMonth: earned((day) => day.startsWith(on.slice(0, 7))),
        });
      }),
      { numRuns: 500 },
    );
  });

  it('counts less than a threshold on the date on which it falls below it, and not before', () => {
    fc.assert(
      fc.property(anyLadder, anyOrders, fc.integer({ min: 1, max: 3_000 }), (...given) => {
        const [ladder, orders, threshold] = given;
        const { history, date } = both(orders);
        if (metricOn(ladder, history, date) < threshold) return;
        const fallsOn = fallsBelowOn(ladder, history, threshold);
        if (ladder.window.kind === 'lifetime') expect(fallsOn).toBeUndefined();
        else {
          expect(metricOn(ladder, history, fallsOn ?? date)).toBeLessThan(threshold);
          expect(metricOn(ladder, history, addDays(fallsOn ?? '', -1))).toBeGreaterThanOrEqual(
            threshold,
          );
        }
      }),
      { numRuns: 500 },
    );
  });

  it('has the same days after another order of its last date', () => {
    const order = earningOrder();
    const first = addToHistory(emptyHistory, '2026-06-01', { order, points: 1 });
    const second = addToHistory(first, '2026-06-02', { order, points: 1 });
    const third = addToHistory(second, '2026-06-02', { order, points: 1 });
    expect(keepFrom(third, '2026-06-01').days).toBe(second.days);
    expect(second.days).not.toBe(first.days);
  });

  it('takes as many steps to find a sum among 4,096 dates as 12 halvings take', () => {
    let reads = 0;
    const on = Array.from({ length: 4_096 }, (_, day) => 18_000 + day);
    const counted = new Proxy(on, {
      get: (target, name): unknown => (
        (reads += name === 'length' ? 0 : 1), Reflect.get(target, name)
      ),
    });
    const history: EarningHistory = {
      lifetime: { earned: 9_999, spend: {} },
      days: { on: counted, earned: on.map((_, day) => day), spend: {} },
    };
    const ladder = { metric: 'earned', window: { kind: 'rolling', days: 90 } } as TierLadder;
    metricOn(ladder, history, '2025-01-01');
    expect(reads).toBeLessThanOrEqual(14);
  });
});
