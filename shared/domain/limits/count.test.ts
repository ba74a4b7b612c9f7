import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays } from '../time/local-time.ts';
import { count, uncount } from './count.ts';
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
  it('counts an incentive for all four subjects, by day and in all, each a version on', () => {
    const all = afterwards([points, cash, coupon, points]);
    expect([...all.keys()]).toEqual(Object.values(subjects));
    for (const usage of all.values()) {
      expect(usage).toEqual({
        version: 4,
        total: { count: 4, amounts: { POINTS: 100, INR: 7 } },
        days: {
          [day]: { count: 3, amounts: { POINTS: 100 } },
          '2026-11-20': { count: 1, amounts: { INR: 7 } },
        },
      });
    }
  });

  it('returns only what it changed, and changes nothing that it was given', () => {
    const other = { ...noUsage, version: 9 };
    const before = new Map([['user:other', other]]);
    expect([...count(before, points).keys()]).toEqual(Object.values(subjects));
    expect(before).toEqual(new Map([['user:other', other]]));
    expect(noUsage).toEqual({ total: { count: 0, amounts: {} }, days: {}, version: 0 });
  });

  it('keeps 400 days before the newest, and what is older in all', () => {
    const old = (days: number) => ({ ...points, day: addDays(day, -days) });
    const usage = afterwards([old(401), old(400), points, old(402)]).get('tenant');
    expect(Object.keys(usage?.days ?? {}).toSorted()).toEqual([addDays(day, -400), day]);
    expect(usage?.total.count).toBe(4);
  });
});

describe('uncount', () => {
  it('takes back what was counted, and is a version on', () => {
    const anyIncentive = fc.constantFrom(points, cash, coupon);
    fc.assert(
      fc.property(fc.array(anyIncentive, { maxLength: 8 }), anyIncentive, (others, taken) => {
        const before = afterwards([...others, coupon, cash, points]);
        const usage = uncount(new Map([...before, ...count(before, taken)]), taken);
        for (const [subject, standing] of before) {
          const { version, ...counted } = standing;
          const { version: newer, ...left } = usage.get(subject) ?? noUsage;
          expect(newer).toBe(version + 2);
          expect(left).toMatchObject(counted);
        }
      }),
    );
  });

  it('leaves days alone that were dropped', () => {
    const old = { ...points, day: addDays(day, -500) };
    const usage = uncount(afterwards([old, points]), old).get('tenant');
    expect(usage).toMatchObject({ total: { count: 1, amounts: { POINTS: 50 } }, version: 3 });
    expect(Object.keys(usage?.days ?? {})).toEqual([day]);
  });

  it('is a bug for what was never counted', () => {
    expect(() => uncount(new Map(), points)).toThrow('Invariant broken');
    expect(() => uncount(afterwards([cash]), points)).toThrow('Invariant broken');
  });
});
