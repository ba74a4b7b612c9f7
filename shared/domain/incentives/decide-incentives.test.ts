import { describe, expect, it } from 'vitest';
import type { Qualification } from '../campaigns/qualification.ts';
import type { Caps } from '../limits/caps.ts';
import { limitRequestOf } from '../limits/limit-request-of.ts';
import type { Usage } from '../limits/usage.ts';
import {
  decideIncentives,
  type RewardRequest,
  refuseIncentives,
  withRequest,
} from './decide-incentives.ts';
import type { Incentive } from './incentive.ts';

const now = new Date('2026-11-21T12:00:00Z');
const points = { type: 'POINTS', amount: 10, currency: 'POINTS', program: 'points' } as const;
const coupon = { type: 'COUPON', amount: 1, pool: 'summer' } as const;

type Parts = Readonly<{ reward?: Qualification['reward']; global?: Caps; unit?: string }>;

const request = (
  incentiveId: string,
  { reward = points, global = {}, unit = 'POINTS' }: Parts = {},
): RewardRequest => {
  const qualification: Qualification = {
    incentiveId,
    tenantId: 'default',
    userId: 'u-1',
    campaignId: 'campaign-1',
    campaignVersion: 3,
    eventId: `e-${incentiveId}`,
    reward,
    qualifiedAt: new Date('2026-11-20T20:00:00Z'),
  };
  const terms = { timeZone: 'Asia/Kolkata', tenant: { GLOBAL: global, USER: {} }, campaign: {} };
  return {
    qualification,
    cause: '/test 1',
    limit: limitRequestOf(qualification, terms),
    unit,
    lotId: reward.program && 'lot-1',
    campaignName: 'Monsoon',
  };
};
const stock = { usages: new Map<string, Usage>(), coupons: new Map<string, string[]>(), now };

describe('decideIncentives', () => {
  it('lets each request see what the ones before it were given', () => {
    const global = { maxTotal: 2 };
    const requests = ['1', '2', '3'].map((id) => [request(id, { global })]);
    const { incentives, usages, entries } = decideIncentives(requests, stock);
    expect(incentives.map(({ status }) => status)).toEqual(['ISSUED', 'ISSUED', 'REFUSED']);
    expect(usages.get('tenant')).toMatchObject({
      total: { count: 2, amounts: { POINTS: 20 } },
      days: { '2026-11-21': { count: 2 } },
    });
    expect(entries).toMatchObject([
      { kind: 'REWARD', causeId: '1', points: 10, reason: 'campaign Monsoon' },
      { kind: 'REWARD', causeId: '2', customerId: 'u-1', lotId: 'lot-1' },
    ]);
  });

  it('refuses what qualified so long ago that the days of its caps are not kept, and counts it by totals', () => {
    const requests = [{ maxPerDay: 9 }, { maxTotal: 9 }, {}].map((global, index) => [
      request(String(index), { global }),
    ]);
    const later = { ...stock, now: new Date('2028-11-21T12:00:00Z') };
    const { incentives, usages } = decideIncentives(requests, later);
    expect(incentives.map(({ status }) => status)).toEqual(['REFUSED', 'ISSUED', 'ISSUED']);
    expect(incentives[0]?.refusedBy).toEqual({ kind: 'too-late' });
    expect(usages.get('tenant')?.total.count).toBe(2);
  });

  it('gives the codes in their order, and none for what a cap refuses', () => {
    const requests = [
      [request('1', { reward: coupon, global: { maxTotal: 0 } })],
      ...['2', '3'].map((id) => [request(id, { reward: coupon })]),
    ];
    const coupons = new Map([['summer', ['A']]]);
    const { incentives, usages } = decideIncentives(requests, { ...stock, coupons });
    expect(incentives.map(({ couponCode }) => couponCode)).toEqual([undefined, 'A', undefined]);
    expect(incentives[2]?.refusedBy).toEqual({ kind: 'no-coupon', pool: 'summer' });
    expect(usages.get('user:u-1')?.total).toEqual({ count: 1, amounts: {} });
  });

  it('issues the first of the choices that it can, and refuses those before it', () => {
    const full = { global: { maxTotal: 0 } };
    const choices = [
      request('1', full),
      request('2', { reward: coupon }),
      request('3', { reward: { ...coupon, pool: 'winter' } }),
      request('4'),
    ];
    const coupons = new Map([['winter', ['W']]]);
    const { incentives } = decideIncentives([choices, [request('5', full)]], { ...stock, coupons });
    expect(incentives).toMatchObject([
      { incentiveId: '1', refusedBy: { kind: 'cap' } },
      { incentiveId: '2', refusedBy: { kind: 'no-coupon', pool: 'summer' } },
      { incentiveId: '3', status: 'ISSUED', couponCode: 'W' },
      { incentiveId: '5', status: 'REFUSED' },
    ]);
  });

  it('changes no usage for what it refuses', () => {
    const { usages, entries } = decideIncentives([[request('1', { unit: 'INR' })]], stock);
    expect([usages.size, entries]).toEqual([0, []]);
  });

  it('refuses a program of another unit before it asks a cap', () => {
    const refused = { unit: 'INR', global: { maxTotal: 0 } };
    const { incentives } = decideIncentives([[request('1', refused)]], stock);
    expect(incentives[0]).toMatchObject({
      status: 'REFUSED',
      refusedBy: { kind: 'no-program', program: 'points' },
      day: '2026-11-21',
      issuedAt: now,
    });
  });
});

describe('refuseIncentives', () => {
  it('decides no request that has room', () => {
    const full = { global: { maxTotal: 0 } };
    const requests = [
      [request('1')],
      [request('2', full), request('3', full)],
      [request('4', full), request('5')],
    ];
    expect(refuseIncentives(requests, stock)).toMatchObject([
      { incentiveId: '2', status: 'REFUSED' },
      { incentiveId: '3', status: 'REFUSED' },
    ]);
  });
});

describe('withRequest', () => {
  it('describes an incentive that was never issued', () => {
    const [issued] = decideIncentives([[request('1')]], stock).incentives;
    const earlier = new Date('2026-11-19T00:00:00Z');
    const tombstone: Incentive = {
      ...issued!,
      amount: 0,
      status: 'REVERSED',
      refusedBy: { kind: 'reversed' },
      issuedAt: earlier,
      endedAt: earlier,
    };
    expect(withRequest(tombstone, request('1'))).toEqual({ ...tombstone, amount: 10 });
  });
});
