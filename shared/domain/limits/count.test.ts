import { describe, expect, it } from 'vitest';
import { count } from './admit.ts';
import { noUsage, type Usage } from './usage.ts';

const day = '2026-11-21';
const subjects = {
  GLOBAL: 'tenant',
  USER: 'user:u',
  CAMPAIGN: 'campaign:c',
  CAMPAIGN_USER: 'campaign:c:user:u',
};
const points = { day, amount: { unit: 'POINTS', value: 50 }, subjects };
const cash = { day: '2026-11-20', amount: { unit: 'INR', value: 7 }, subjects };
const coupon = { day, amount: undefined, subjects };

const afterwards = (incentives: readonly (typeof points | typeof coupon)[]) =>
  incentives.reduce<ReadonlyMap<string, Usage>>(
    (usages, each) => new Map([...usages, ...count(usages, each)]),
    new Map(),
  );

describe('count', () => {
  it('counts an incentive for all four subjects, by day and in all', () => {
    const all = afterwards([points, cash, coupon, points]);
    expect([...all.keys()]).toEqual(Object.values(subjects));
    for (const usage of all.values()) {
      expect(usage).toEqual({
        version: 0,
        total: { count: 4, amounts: { POINTS: 100, INR: 7 } },
        days: {
          [day]: { count: 3, amounts: { POINTS: 100 } },
          '2026-11-20': { count: 1, amounts: { INR: 7 } },
        },
      });
    }
  });

  it('counts an incentive of one account for the other accounts of the customer, too', () => {
    const sharedWith = ['user:other'];
    const changed = count(new Map([['user:u', { ...noUsage, sharedWith }]]), points);
    expect([...changed.keys()]).toEqual([
      'tenant',
      'user:u',
      'user:other',
      'campaign:c',
      'campaign:c:user:u',
    ]);
    expect(changed.get('user:other')).toEqual(changed.get('tenant'));
    expect(changed.get('user:u')).toEqual({ ...changed.get('tenant'), sharedWith });
  });

  it('returns only what it changed, and changes nothing that it was given', () => {
    const other = { ...noUsage, version: 9 };
    const before = new Map([['user:other', other]]);
    expect([...count(before, points).keys()]).toEqual(Object.values(subjects));
    expect(before).toEqual(new Map([['user:other', other]]));
    expect(noUsage).toEqual({ total: { count: 0, amounts: {} }, days: {}, version: 0 });
  });
});
