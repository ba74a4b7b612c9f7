import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '#shared/testing/runs.ts';
import {
  earningOrder,
  earningProgram,
  earningRule,
  tierLadder,
} from '#shared/testing/worlds/earning.ts';
import { addDays } from '../../time/local-time.ts';
import { emptyState, replay } from '../earning-state.ts';
import type { TierLadder } from './tier-ladder.ts';
import { tierStatus } from './tier-status.ts';

/**
 * Buys points at noon UTC: one minor unit is one point, and tiers multiply nothing unless a test
 * sets it.
 */
const buy = (days: Readonly<Record<string, number>>) =>
  Object.entries(days).map(([date, amountMinor]) =>
    earningOrder({ orderId: date, placedAt: new Date(`${date}T12:00:00Z`), amountMinor }),
  );

const tiers = [
  { name: 'Silver', threshold: 100, multiplierBp: 10_000 },
  { name: 'Gold', threshold: 300, multiplierBp: 10_000 },
  { name: 'Platinum', threshold: 1_000, multiplierBp: 10_000 },
];

const rule = earningRule({ rate: { points: 1, perMinor: 1 } });

const earningOf = (ladders: readonly TierLadder[], timeZone = 'UTC') => ({
  program: earningProgram([rule], ladders),
  timeZone,
});

const statusOf = (
  terms: Partial<TierLadder>,
  orders: ReturnType<typeof buy>,
  [at, timeZone]: readonly [at: string, timeZone?: string],
) => {
  const earning = earningOf([tierLadder({ tiers, ...terms })], timeZone);
  return tierStatus(earning, replay(earning, orders).state, new Date(at));
};

const rolling = { kind: 'rolling', days: 30 } as const;

describe('climbing', () => {
  it.each([
    [99, undefined, 0],
    [100, 'Silver', 1],
    [299, 'Silver', 1],
    [300, 'Gold', 2],
    [5_000, 'Platinum', 3],
  ])('with %i points ends at %s', (points, tier, level) => {
    const status = statusOf({}, buy({ '2026-01-01': points }), ['2026-01-01T12:00:00Z']);
    expect(status).toMatchObject({ tier, level, metric: points });
  });

  it('begins with the order that reached it, and stays', () => {
    const orders = buy({ '2026-01-01': 60, '2026-01-02': 60, '2026-01-03': 60 });
    expect(statusOf({}, orders, ['2030-01-01T00:00:00Z'])).toEqual({
      tier: 'Silver',
      level: 1,
      since: new Date('2026-01-02T12:00:00Z'),
      metric: 180,
      next: { name: 'Gold', missing: 120 },
    });
  });

  it('counts what was spent in the currency of the ladder only, if it is to', () => {
    const euros = earningRule({ currency: 'EUR', rate: { points: 1, perMinor: 1 } });
    const ladders = [tierLadder({ tiers, metric: 'spend', currency: 'EUR' })];
    const earning = { program: earningProgram([rule, euros], ladders), timeZone: 'UTC' };
    const orders = [
      earningOrder({ orderId: 'a', amountMinor: 50_000 }),
      earningOrder({ orderId: 'b', amountMinor: 120, currency: 'EUR' }),
    ];
    const { state } = replay(earning, orders);
    const status = tierStatus(earning, state, new Date('2026-06-02T00:00:00Z'));
    expect(status).toMatchObject({ tier: 'Silver', metric: 120 });
  });

  it('is nothing for who never ordered, and nothing while there is no ladder', () => {
    const now = new Date('2026-01-01T00:00:00Z');
    const nothing = { tier: undefined, level: 0, since: undefined, metric: 0 };
    const next = { name: 'Silver', missing: 100 };
    expect(tierStatus(earningOf([tierLadder()]), emptyState, now)).toEqual({
      ...nothing,
      next,
    });
    expect(tierStatus(earningOf([]), emptyState, now)).toEqual(nothing);
  });
});

describe('falling', () => {
  const orders = buy({ '2026-01-01': 900, '2026-01-11': 250 });

  it('happens at the local midnight at which the window has left the points behind', () => {
    const terms = { window: rolling, tiers };
    // Until the 30th both orders count; on the 31st only 250 do, from 10 February on nothing.
    const last = statusOf(terms, orders, ['2026-01-30T23:59:59.999Z']);
    const fallsAt = new Date('2026-01-31T00:00:00Z');
    expect(last).toMatchObject({ tier: 'Platinum', metric: 1_150, fallsAt, fallsTo: 'Silver' });
    expect(statusOf(terms, orders, ['2026-01-31T00:00:00Z'])).toEqual({
      tier: 'Silver',
      level: 1,
      since: fallsAt,
      metric: 250,
      next: { name: 'Gold', missing: 50 },
      fallsAt: new Date('2026-02-10T00:00:00Z'),
      fallsTo: undefined,
    });
    const gone = statusOf(terms, orders, ['2026-02-10T00:00:00Z']);
    expect(gone).toMatchObject({ tier: undefined, since: new Date('2026-02-10T00:00:00Z') });
    expect(gone).not.toHaveProperty('fallsAt');
  });

  it('waits for the days of grace, and is decided by the metric of its own day', () => {
    const terms = { window: rolling, graceDays: 5 };
    const before = statusOf(terms, orders, ['2026-02-04T23:59:59.999Z']);
    const fallsAt = new Date('2026-02-05T00:00:00Z');
    expect(before).toMatchObject({ tier: 'Platinum', metric: 250, fallsAt, fallsTo: 'Silver' });
    const after = statusOf(terms, orders, ['2026-02-05T00:00:00Z']);
    expect(after).toMatchObject({ tier: 'Silver', since: fallsAt });
  });

  it('does not happen if the metric has recovered in time', () => {
    const terms = { window: rolling, graceDays: 5 };
    const enough = [...orders, ...buy({ '2026-02-04': 750 })];
    expect(statusOf(terms, enough, ['2026-02-05T00:00:00Z'])).toMatchObject({
      tier: 'Platinum',
      since: new Date('2026-01-11T12:00:00Z'),
      // 250 leave the window on 10 February; 750 are too few from then on, and 5 days are given.
      fallsAt: new Date('2026-02-15T00:00:00Z'),
      fallsTo: 'Gold',
    });
    const tooLittle = [...orders, ...buy({ '2026-02-04': 749 })];
    expect(statusOf(terms, tooLittle, ['2026-02-05T00:00:00Z'])).toMatchObject({ tier: 'Gold' });
  });

  it('restarts the grace period of a customer who recovered for a day', () => {
    const terms = { window: rolling, graceDays: 5 };
    // 60 are left on 31 January, 110 after the order of 4 February, 50 the midnight after.
    const few = buy({ '2026-01-01': 60, '2026-01-06': 60, '2026-02-04': 50 });
    expect(statusOf(terms, few, ['2026-02-05T00:00:00Z'])).toMatchObject({
      tier: 'Silver',
      metric: 50,
      fallsAt: new Date('2026-02-10T00:00:00Z'),
    });
  });

  it('goes one level at a time, each after as many days, if it is to', () => {
    const terms = { window: rolling, downgrade: 'one-level', graceDays: 10 } as const;
    const only = buy({ '2026-01-01': 1_000 });
    const tierOn = (date: string) => statusOf(terms, only, [`${date}T00:00:00Z`]).tier;
    expect(['2026-02-09', '2026-02-10', '2026-02-19', '2026-02-20'].map(tierOn)).toEqual([
      'Platinum',
      'Gold',
      'Gold',
      'Silver',
    ]);
    expect(['2026-03-01', '2026-03-02'].map(tierOn)).toEqual(['Silver', undefined]);
  });

  it('goes one level each midnight without days of grace', () => {
    const terms = { window: rolling, downgrade: 'one-level' } as const;
    const only = buy({ '2026-01-01': 1_000 });
    const tierOn = (date: string) => statusOf(terms, only, [`${date}T00:00:00Z`]).tier;
    const days = ['2026-01-30', '2026-01-31', '2026-02-01', '2026-02-02'];
    expect(days.map(tierOn)).toEqual(['Platinum', 'Gold', 'Silver', undefined]);
  });

  it('stops at the level that the metric deserves', () => {
    const terms = { window: rolling, downgrade: 'one-level', graceDays: 1 } as const;
    const both = buy({ '2026-01-01': 900, '2026-01-20': 350 });
    const status = statusOf(terms, both, ['2026-02-10T00:00:00Z']);
    expect(status).toMatchObject({ tier: 'Gold', since: new Date('2026-02-01T00:00:00Z') });
  });

  it('never happens if it never is to', () => {
    const terms = { window: rolling, downgrade: 'never' } as const;
    const status = statusOf(terms, orders, ['2030-01-01T00:00:00Z']);
    expect(status).toMatchObject({ tier: 'Platinum', metric: 0 });
    expect(status).not.toHaveProperty('fallsAt');
  });

  it('comes with the new year, where years count', () => {
    const terms = { window: { kind: 'calendar-year' }, graceDays: 31 } as const;
    const only = buy({ '2026-01-01': 300, '2026-12-31': 20 });
    const old = statusOf(terms, only, ['2026-12-31T23:59:59.999Z']);
    const fallsAt = new Date('2027-02-01T00:00:00Z');
    expect(old).toMatchObject({ tier: 'Gold', metric: 320, fallsAt, fallsTo: undefined });
    const graced = statusOf(terms, only, ['2027-01-31T23:59:59.999Z']);
    expect(graced).toMatchObject({ tier: 'Gold', metric: 0, fallsAt });
    const fallen = statusOf(terms, only, ['2027-02-01T00:00:00Z']);
    expect(fallen).toMatchObject({ tier: undefined });
  });

  it('comes with the midnight of its own zone, also where clocks jump over it', () => {
    // Bought on 6 October in São Paulo, where 4 November 2018 began at 01:00, which is 03:00 UTC.
    const only = [earningOrder({ placedAt: new Date('2018-10-06T15:00:00Z'), amountMinor: 100 })];
    const terms = { window: { kind: 'rolling', days: 29 } } as const;
    const zone = 'America/Sao_Paulo';
    const fallsAt = new Date('2018-11-04T03:00:00Z');
    const before = statusOf(terms, only, ['2018-11-04T02:59:59.999Z', zone]);
    expect(before).toMatchObject({ tier: 'Silver', fallsAt });
    const after = statusOf(terms, only, ['2018-11-04T03:00:00Z', zone]);
    expect(after).toMatchObject({ tier: undefined, since: fallsAt });
  });
});

describe('a new version of the ladder', () => {
  const begins = '2026-03-01T09:00:00Z';
  const state = (ladders: readonly TierLadder[], orders: ReturnType<typeof buy>) =>
    replay(earningOf(ladders), orders).state;
  const standAt = (next: Partial<TierLadder>, points: number, at: string) => {
    const second = tierLadder({ tiers, version: 2, validFrom: new Date(begins), ...next });
    const ladders = [tierLadder({ tiers }), second];
    const orders = buy({ '2026-01-01': points });
    return tierStatus(earningOf(ladders), state(ladders, orders), new Date(at));
  };
  const raised = [
    { name: 'Silver', threshold: 500, multiplierBp: 10_000 },
    { name: 'Gold', threshold: 700, multiplierBp: 10_000 },
  ];

  it('keeps the tier of the same name and its beginning, and decides at the next midnight', () => {
    const since = new Date('2026-01-01T12:00:00Z');
    const fallsAt = new Date('2026-03-02T00:00:00Z');
    const kept = standAt({ tiers: raised }, 600, begins);
    expect(kept).toMatchObject({ tier: 'Gold', level: 2, since, fallsAt, fallsTo: 'Silver' });
    const decided = standAt({ tiers: raised }, 600, '2026-03-02T00:00:00Z');
    expect(decided).toMatchObject({ tier: 'Silver', since: fallsAt });
  });

  it('decides about a midnight at which it begins, not the version before', () => {
    const midnight = '2026-03-01T00:00:00Z';
    const terms = { tiers: raised, validFrom: new Date(midnight) };
    expect(standAt(terms, 600, midnight)).toMatchObject({ tier: 'Silver' });
    const forever = { ...terms, downgrade: 'never' } as const;
    expect(standAt(forever, 600, '2026-04-01T00:00:00Z')).toMatchObject({ tier: 'Gold' });
  });

  it('climbs at once where the metric deserves it', () => {
    const lowered = raised.map((tier) => ({ ...tier, threshold: tier.threshold - 490 }));
    const status = standAt({ tiers: lowered }, 250, begins);
    expect(status).toMatchObject({ tier: 'Gold', since: new Date(begins) });
  });

  it('goes by the metric where no tier has the name', () => {
    const renamed = raised.map((tier) => ({ ...tier, name: `${tier.name} Plus` }));
    const status = standAt({ tiers: renamed }, 600, begins);
    expect(status).toMatchObject({ tier: 'Silver Plus', since: new Date(begins) });
  });
});

describe('tierStanding', () => {
  const anyLadder = fc.record({
    window: fc.oneof(
      fc.constant({ kind: 'lifetime' } as const),
      fc.constant({ kind: 'calendar-year' } as const),
      fc.integer({ min: 1, max: 40 }).map((days) => ({ kind: 'rolling', days }) as const),
    ),
    downgrade: fc.constantFrom('never', 'one-level', 'to-metric'),
    graceDays: fc.nat(8),
    raisedBy: fc.nat(500),
  });
  const anyPurchases = fc.dictionary(
    fc.nat(150).map((day) => addDays('2026-10-01', day)),
    fc.integer({ min: 1, max: 700 }),
    { maxKeys: 8 },
  );
  const toLadder = (
    { raisedBy, ...terms }: Readonly<{ raisedBy: number } & Partial<TierLadder>>,
    begins: Partial<TierLadder>,
  ) =>
    tierLadder({
      ...terms,
      ...begins,
      tiers: tiers.map((tier) => ({ ...tier, threshold: tier.threshold + raisedBy })),
    });

  it('is where one gets to who goes day by day and adds everything up again each time', () => {
    fc.assert(
      fc.property(anyLadder, anyLadder, anyPurchases, fc.nat(150), (one, two, days, change) => {
        const changeOn = addDays('2026-10-01', change);
        const second = { version: 2, validFrom: new Date(`${changeOn}T18:00:00Z`) };
        const ladders = [toLadder(one, {}), toLadder(two, second)];
        const earning = earningOf(ladders);
        let walked: Walk = { level: 0 };
        for (let date = '2026-10-01'; date < '2027-05-01'; date = addDays(date, 1)) {
          walked = walkDay(walked, { date, days, ladders, changeOn });
          const soFar = buy(days).filter(({ orderId }) => orderId <= date);
          const { state } = replay(earning, soFar);
          const status = tierStatus(earning, state, new Date(`${date}T20:00:00Z`));
          expect([date, status.level]).toEqual([date, walked.level]);
        }
      }),
      { numRuns: runs(20) },
    );
  });

  it('foretells the fall that comes', () => {
    fc.assert(
      fc.property(anyLadder, anyPurchases, (terms, days) => {
        const earning = earningOf([toLadder(terms, {})]);
        const { state } = replay(earning, buy(days));
        const status = tierStatus(earning, state, new Date('2027-03-01T00:00:00Z'));
        const { tier, fallsAt, fallsTo } = status;
        const until = fallsAt ?? new Date('2040-01-01T00:00:00Z');
        const before = tierStatus(earning, state, new Date(until.getTime() - 1));
        const then = tierStatus(earning, state, until);
        expect(before.tier).toBe(tier);
        expect(then.tier).toBe(fallsAt === undefined ? tier : fallsTo);
      }),
    );
  });
});

type Walk = Readonly<{ level: number; fallsOn?: string | undefined }>;

type Day = Readonly<{
  date: string;
  days: Readonly<Record<string, number>>;
  ladders: readonly TierLadder[];
  changeOn: string;
}>;

/** One day of the plain model of tiers: midnight, the order at noon, a new ladder at 18:00. */
const walkDay = (walk: Walk, { date, days, ladders, changeOn }: Day): Walk => {
  const metric = (ladder: TierLadder, withToday: boolean) => {
    const { window } = ladder;
    const counts = (day: string) =>
      (withToday ? day <= date : day < date) &&
      (window.kind !== 'rolling' || addDays(day, window.days) > date) &&
      (window.kind !== 'calendar-year' || day.slice(0, 4) === date.slice(0, 4));
    return Object.entries(days).reduce((sum, [day, n]) => sum + (counts(day) ? n : 0), 0);
  };
  const deserved = (ladder: TierLadder, value: number) =>
    ladder.tiers.filter(({ threshold }) => value >= threshold).length;

  const ladder = ladders[date > changeOn ? 1 : 0]!;
  const atMidnight = fallen(walk, {
    ladder,
    date,
    deserved: deserved(ladder, metric(ladder, false)),
  });
  const atNoon = deserved(ladder, metric(ladder, true));
  const ordered = atNoon >= atMidnight.level ? { level: atNoon } : atMidnight;
  if (date !== changeOn) return ordered;
  const [, next] = ladders;
  return { level: Math.max(ordered.level, deserved(next!, metric(next!, true))) };
};

const fallen = (
  { level, fallsOn }: Walk,
  { ladder, date, deserved }: Readonly<{ ladder: TierLadder; date: string; deserved: number }>,
): Walk => {
  if (ladder.downgrade === 'never' || deserved >= level) return { level };
  const due = fallsOn ?? addDays(date, ladder.graceDays);
  if (due > date) return { level, fallsOn: due };
  if (ladder.downgrade === 'to-metric') return { level: deserved };
  if (deserved === level - 1) return { level: deserved };
  return { level: level - 1, fallsOn: addDays(date, ladder.graceDays || 1) };
};
