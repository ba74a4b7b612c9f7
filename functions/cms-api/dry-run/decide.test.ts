import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byEventOrder, type EarningOrder } from '#shared/domain/earning/earning-order.ts';
import { advance, emptyState, replay } from '#shared/domain/earning/earning-state.ts';
import { type EarningRule, plainTerms } from '#shared/domain/earning/rating/earning-rule.ts';
import { stateBefore } from '#shared/domain/earning/state-before.ts';
import type { TierLadder } from '#shared/domain/earning/tiers/tier-ladder.ts';
import { rateDry } from './decide.ts';

const timeZone = 'Asia/Kolkata';
const rule: EarningRule = {
  ...plainTerms,
  version: 1,
  currency: 'INR',
  validFrom: new Date(0),
  rate: { points: 1, perMinor: 700 },
  rounding: 'carry',
  bands: { mode: 'marginal', bands: [{ fromMinor: 50_000, multiplierBp: 15_000 }] },
  promotions: [
    {
      id: 'vip',
      from: new Date('2026-01-02T00:00:00Z'),
      until: new Date('2026-01-09T00:00:00Z'),
      multiplierBp: 30_000,
      cohort: 'vip',
    },
  ],
  caps: { order: 900, day: 1_500, month: 4_000 },
};
const ladder: TierLadder = {
  version: 1,
  validFrom: new Date(0),
  metric: 'earned',
  currency: 'INR',
  window: { kind: 'rolling', days: 3 },
  tiers: [
    { name: 'Silver', threshold: 100, multiplierBp: 12_000 },
    { name: 'Gold', threshold: 800, multiplierBp: 20_000 },
  ],
  graceDays: 1,
  downgrade: 'one-level',
  noticeDays: 0,
};
const earning = {
  program: { program: 'points', unit: 'POINTS', rules: [rule], ladders: [ladder] },
  timeZone,
};

const orders = fc
  .array(
    fc.record({
      hours: fc.integer({ min: 0, max: 24 * 12 }),
      amountMinor: fc.integer({ min: 1, max: 900_000 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((all) =>
    all
      .map(
        ({ hours, amountMinor }, index): EarningOrder => ({
          orderId: `o-${index}`,
          placedAt: new Date(Date.UTC(2026, 0, 1, hours)),
          amountMinor,
          currency: 'INR',
          cohorts: ['vip'],
        }),
      )
      .sort(byEventOrder),
  );

const memberships = [{ cohort: 'vip', since: new Date(0), until: undefined }];
const toRecorded = (order: EarningOrder, index: number) => ({
  ...order,
  entryNo: index + 1,
  paid: 0,
  ruleVersion: 1,
  lotId: '',
  expiresAt: undefined,
});

describe('rateDry', () => {
  it('rates an order as award-points does', () => {
    fc.assert(
      fc.property(orders, (all) => {
        const last = all.at(-1)!;
        const { state } = replay(earning, all.slice(0, -1));
        const { ratingOutcome } = advance(earning, state, last);
        expect(rateDry(earning, { order: last, state })).toMatchObject(ratingOutcome);
      }),
    );
  });

  it('rates an order between others from the state just before it, whichever way that is found', () => {
    fc.assert(
      fc.property(orders, fc.nat(), (all, at) => {
        const order = all[at % all.length]!;
        const history = all.filter((other) => other !== order).map(toRecorded);
        const { state } = replay(
          earning,
          all.filter((other) => byEventOrder(other, order) < 0),
        );
        const late = replay(
          earning,
          all.filter((other) => other !== order),
        ).state;
        for (const standing of [undefined, late]) {
          const view = { earning: standing, memberships, checkpoint: undefined };
          const found = stateBefore(earning, view, { order });
          for (const paid of history) found.history?.take(paid);
          expect(rateDry(earning, { order, state: found.settle() })).toEqual(
            rateDry(earning, { order, state }),
          );
        }
      }),
    );
  });

  const order: EarningOrder = {
    orderId: 'o',
    placedAt: new Date('2026-01-05T20:00:00Z'),
    amountMinor: 70_000,
    currency: 'INR',
    cohorts: [],
  };
  const asked = { order, state: emptyState };

  it('rates as if the customer had a tier, and refuses an unknown one', () => {
    expect(rateDry(earning, asked)).toMatchObject({ tier: undefined, rating: { points: 114 } });
    expect(rateDry(earning, { ...asked, tier: 'Gold' })).toMatchObject({
      tier: 'Gold',
      rating: { points: 228 },
    });
    expect(rateDry(earning, { ...asked, tier: 'Lead' })).toEqual({ kind: 'unknown-tier' });
  });

  it('rates by another rule than the one in force, of its own currency only', () => {
    const other = { ...rule, version: 9, rate: { points: 5, perMinor: 700 } };
    expect(rateDry(earning, { ...asked, rule: other })).toMatchObject({
      rating: { ruleVersion: 9, points: 571 },
    });
    expect(rateDry(earning, { ...asked, rule: { ...other, currency: 'USD' } })).toMatchObject({
      kind: 'refused',
      reason: 'wrong-currency',
    });
  });

  it('shows what the caps of day and month leave', () => {
    expect(rateDry(earning, asked)).toMatchObject({ capsLeft: { day: 1_386, month: 3_886 } });
    const uncapped = { ...asked, rule: { ...rule, caps: { order: 10 } } };
    expect(rateDry(earning, uncapped)).toMatchObject({
      rating: { points: 10 },
      capsLeft: { day: undefined, month: undefined },
    });
  });

  it.each([
    [
      { pending: { kind: 'none' }, expiry: { kind: 'none' } },
      { pending: false, availableAt: undefined, awaits: undefined, expiresAt: undefined },
    ],
    [
      { pending: { kind: 'delay', days: 14 }, expiry: { kind: 'rolling', days: 30 } },
      {
        pending: true,
        availableAt: new Date('2026-01-19T20:00:00Z'),
        expiresAt: new Date('2026-02-05T18:30:00Z'),
      },
    ],
    [
      {
        pending: { kind: 'event', name: 'delivered' },
        expiry: { kind: 'calendar', period: 'year', more: 1 },
      },
      {
        pending: true,
        availableAt: undefined,
        awaits: 'delivered',
        expiresAt: new Date('2027-12-31T18:30:00Z'),
      },
    ],
  ] as const)('shows for %j when the lot becomes usable and when it expires', (change, lot) => {
    const ratingOutcome = rateDry(earning, { ...asked, rule: { ...rule, ...change } });
    expect(ratingOutcome).toMatchObject({ lot });
  });
});
