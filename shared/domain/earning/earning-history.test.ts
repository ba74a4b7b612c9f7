import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays } from '../time/local-time.ts';
import { countWindows, type EarningHistory, metricOn } from './earning-history.ts';
import type { TierLadder } from './tier-ladder.ts';

const date = fc.integer({ min: 0, max: 800 }).map((days) => addDays('2024-01-01', days));
const anyHistory = fc
  .uniqueArray(fc.tuple(date, fc.nat(100), fc.nat(1000)), { selector: ([day]) => day })
  .map((days): EarningHistory => {
    const entries = days.map(([day, earned, INR]) => [day, { earned, spend: { INR } }] as const);
    return { lifetime: { earned: 7, spend: { INR: 70 } }, days: Object.fromEntries(entries) };
  });
const anyWindow = fc.oneof(
  fc.record({ kind: fc.constant('rolling' as const), days: fc.integer({ min: 1, max: 366 }) }),
  fc.constantFrom({ kind: 'calendar-year' } as const, { kind: 'lifetime' } as const),
);
const anyLadder = fc
  .record({
    metric: fc.constantFrom('earned' as const, 'spend' as const),
    currency: fc.constantFrom('INR', 'EUR'),
    window: anyWindow,
  })
  .map((counted) => counted as TierLadder);

describe('what a ladder counts on many dates', () => {
  it('is what it counts on each', () => {
    fc.assert(
      fc.property(anyLadder, anyHistory, fc.array(date), (ladder, history, dates) => {
        const windows = countWindows(ladder, history);
        for (const each of dates)
          expect(windows.metricOn(each)).toBe(metricOn(ladder, history, each));
      }),
    );
  });

  it('changes on the next loss and on no date before it, while no order comes', () => {
    fc.assert(
      fc.property(anyLadder, anyHistory, (ladder, history) => {
        const { metricOn: on, nextLossOn } = countWindows(ladder, history);
        const today = '2026-04-01';
        const loss = nextLossOn(today) ?? addDays(today, 800);
        for (let day = today; day < loss; day = addDays(day, 1)) expect(on(day)).toBe(on(today));
        expect(on(loss)).toBeLessThanOrEqual(on(today));
      }),
      { numRuns: 50 },
    );
  });

  it('reads the days once, however many dates there are', () => {
    let reads = 0;
    const days = new Proxy<EarningHistory['days']>(
      { '2026-01-01': { earned: 1, spend: {} } },
      { ownKeys: (target) => ((reads += 1), Reflect.ownKeys(target)) },
    );
    const ladder = { metric: 'earned', window: { kind: 'rolling', days: 90 } } as TierLadder;
    const windows = countWindows(ladder, { lifetime: { earned: 1, spend: {} }, days });
    for (let day = 0; day < 100; day += 1) windows.metricOn(addDays('2026-01-01', day));
    expect(reads).toBe(1);
  });
});
