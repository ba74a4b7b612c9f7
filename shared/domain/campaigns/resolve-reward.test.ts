import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { actionEvent } from '#shared/testing/worlds/campaigns.ts';
import type { Reward } from './campaign.ts';
import { resolveReward } from './match-event.ts';

const share = (basisPoints: number, max = 10_000): Reward => ({
  type: 'CASHBACK',
  currency: 'INR',
  amount: { kind: 'share', field: 'amountMinor', basisPoints, max },
});

const amountOf = (reward: Reward, payload: Record<string, unknown>) =>
  resolveReward(reward, actionEvent({ payload }))?.amount;

describe('resolveReward', () => {
  it('gives points, money and coupons their units, and the days of 24 hours that they last', () => {
    const fixed = { kind: 'fixed', amount: 50 } as const;
    const event = actionEvent();
    expect(
      resolveReward(
        { type: 'POINTS', program: 'points', amount: fixed, expiresAfterDays: 30 },
        event,
      ),
    ).toEqual({
      type: 'POINTS',
      amount: 50,
      currency: 'POINTS',
      program: 'points',
      expiresAt: new Date('2026-12-21T10:15:00Z'),
    });
    expect(resolveReward({ type: 'CASHBACK', currency: 'INR', amount: fixed }, event)).toEqual({
      type: 'CASHBACK',
      amount: 50,
      currency: 'INR',
    });
    expect(resolveReward({ type: 'COUPON', pool: 'spring' }, event)).toEqual({
      type: 'COUPON',
      amount: 1,
      pool: 'spring',
    });
  });

  it.each([
    [500, 10_000, 125_050, 6_252],
    [500, 6_252, 125_050, 6_252],
    [500, 6_251, 125_050, 6_251],
    [500, 10_000, 20, 1],
    [500, 10_000, 19, undefined],
    [20_000, 10_000, 7, 14],
  ])(
    'gives %i basis points up to %i of %i, rounded down: %s',
    (basisPoints, max, value, amount) => {
      expect(amountOf(share(basisPoints, max), { amountMinor: value })).toBe(amount);
    },
  );

  it.each([undefined, null, -100, 0, 1250.5, '1250', 2 ** 53])('gives nothing of %s', (value) => {
    expect(amountOf(share(500), { amountMinor: value })).toBeUndefined();
  });

  it('is exact where floating-point numbers are not', () => {
    const max = Number.MAX_SAFE_INTEGER;
    fc.assert(
      fc.property(fc.integer({ min: 1, max }), fc.integer({ min: 1, max: 10_000 }), (value, bp) => {
        const exact = (BigInt(value) * BigInt(bp)) / 10_000n;
        expect(BigInt(amountOf(share(bp, max), { amountMinor: value }) ?? 0)).toBe(exact);
      }),
    );
    expect(amountOf(share(1_000_000, max), { amountMinor: max })).toBe(max);
  });
});
