import { describe, expect, it } from 'vitest';
import { replay } from '../earning-state.ts';
import { plainTerms } from '../rating/earning-rule.ts';
import { type LockedTier, noticeUntil, reviewTier } from './review-tier.ts';
import type { TierLadder } from './tier-ladder.ts';
import { tierStatus } from './tier-status.ts';

const begin = new Date('2026-01-01T00:00:00Z');
const rule = {
  ...plainTerms,
  rate: { points: 1, perMinor: 100 },
  version: 1,
  currency: 'INR',
  validFrom: begin,
};
const ladder: TierLadder = {
  version: 1,
  validFrom: begin,
  metric: 'earned',
  currency: 'INR',
  window: { kind: 'rolling', days: 30 },
  tiers: [
    { name: 'silver', threshold: 100, multiplierBp: 10_000 },
    { name: 'gold', threshold: 500, multiplierBp: 10_000 },
  ],
  graceDays: 0,
  downgrade: 'to-metric',
  noticeDays: 7,
};
const earningWith = (...ladders: readonly TierLadder[]) => ({
  program: { program: 'points', unit: 'POINTS', rules: [rule], ladders },
  timeZone: 'Asia/Kolkata',
});
const earning = earningWith(ladder);

/** 600 points on 1 June: gold until the start of 1 July, Indian time. */
const orders = [
  {
    orderId: 'o-1',
    placedAt: new Date('2026-06-01T12:00:00Z'),
    amountMinor: 60_000,
    currency: 'INR',
    cohorts: [],
  },
];
const { state } = replay(earning, orders);
const fallsAt = new Date('2026-06-30T18:30:00Z');

const held = (fields: Partial<LockedTier> = {}): LockedTier => ({
  tenantId: 'default',
  customerId: 'c-1',
  program: 'points',
  state,
  grants: [],
  tier: 'gold',
  fallsAt,
  notifiedOf: undefined,
  ...fields,
});
const review = (at: string, fields?: Partial<LockedTier>, ladders = [ladder]) =>
  reviewTier(held(fields), { earning: earningWith(...ladders), now: new Date(at) });

const toldAt = '2026-06-23T18:30:00Z';

describe('reviewTier', () => {
  it('finds what the engine computes for the same customer', () => {
    expect(tierStatus(earning, state, new Date(toldAt))).toMatchObject({ tier: 'gold', fallsAt });
  });

  it('finds a fall from the local midnight on that is so many days ahead, and not before', () => {
    expect(review('2026-06-23T18:29:59.999Z')).toEqual({
      record: { tier: 'gold', fallsAt, notifiedOf: undefined },
    });
    const { record, fall } = review(toldAt);
    expect(record).toEqual({ tier: 'gold', fallsAt, notifiedOf: fallsAt });
    expect(fall).toMatchObject({ from: 'gold', to: undefined, fallsAt, metric: 0, missing: 500 });
  });

  it('finds the same fall once, and of another one again', () => {
    expect(review(toldAt, { notifiedOf: fallsAt }).fall).toBeUndefined();
    expect(review(toldAt, { notifiedOf: new Date('2026-05-01T18:30:00Z') }).fall).toBeDefined();
  });

  it('lets a tier fall on the millisecond, finds that once, and remembers the notice', () => {
    expect(review('2026-06-30T18:29:59.999Z', { notifiedOf: fallsAt }).change).toBeUndefined();
    const { record, change } = review('2026-06-30T18:30:00Z', { notifiedOf: fallsAt });
    expect(record).toEqual({ tier: undefined, fallsAt: undefined, notifiedOf: fallsAt });
    expect(change).toEqual({ to: undefined, since: fallsAt, on: '2026-07-01' });
    expect(review('2026-07-01T00:00:00Z', { ...record }).change).toBeUndefined();
  });

  it('finds the same change whenever it looks', () => {
    const early = review('2026-06-30T18:30:00Z').change;
    const late = review('2026-08-01T00:00:00Z').change;
    expect(late).toEqual(early);
  });

  it('counts what is spent in its currency', () => {
    const spending: TierLadder = { ...ladder, metric: 'spend' };
    const { state } = replay(earningWith(spending), orders);
    const { fall } = review(toldAt, { state, tier: 'gold' }, [spending]);
    expect(fall).toMatchObject({ ladder: { metric: 'spend', currency: 'INR' }, missing: 500 });
  });

  it('moves a customer to a new version of the ladder', () => {
    const second: TierLadder = {
      ...ladder,
      version: 2,
      validFrom: new Date('2026-06-10T00:00:00Z'),
      tiers: [{ name: 'platinum', threshold: 50, multiplierBp: 10_000 }],
    };
    const { record, change } = review('2026-06-10T00:00:00Z', {}, [ladder, second]);
    expect(record).toMatchObject({ tier: 'platinum', fallsAt });
    expect(change).toMatchObject({ to: 'platinum' });
  });

  it('leaves a customer whose last order is dated ahead in the tier of that order', () => {
    expect(review('2026-05-01T00:00:00Z')).toEqual({
      record: { tier: 'gold', fallsAt, notifiedOf: undefined },
    });
  });
});

describe('noticeUntil', () => {
  it('is a local midnight so many days ahead, also over a change of clocks', () => {
    const at = (now: string) =>
      noticeUntil({
        earning: { ...earning, timeZone: 'Europe/Berlin' },
        now: new Date(now),
      })?.toISOString();
    expect(at('2026-03-26T11:00:00Z')).toBe('2026-04-01T22:00:00.000Z');
    expect(at('2026-10-22T11:00:00Z')).toBe('2026-10-28T23:00:00.000Z');
  });

  it('is nothing before a ladder began', () => {
    expect(noticeUntil({ earning: earningWith(), now: begin })).toBeUndefined();
  });
});
