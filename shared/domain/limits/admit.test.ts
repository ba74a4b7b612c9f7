import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays } from '../time/local-time.ts';
import { admit, count } from './admit.ts';
import type { Caps, SubjectCaps } from './caps.ts';
import type { LimitRequest } from './limit-request.ts';
import type { Usage } from './usage.ts';

const day = '2026-11-21';
const subjects = {
  GLOBAL: 'tenant',
  USER: 'user:u',
  CAMPAIGN: 'campaign:c',
  CAMPAIGN_USER: 'campaign:c:user:u',
};
const points = (value: number) => ({ unit: 'POINTS', value });
const tenantCaps = (caps: Caps): SubjectCaps => ({ scope: 'GLOBAL', subject: 'tenant', caps });
const request = (
  caps: readonly SubjectCaps[],
  change: Partial<LimitRequest> = {},
): LimitRequest => ({
  incentiveId: 'i-1',
  day,
  amount: points(50),
  subjects,
  caps,
  ...change,
});

const used: Usage = {
  version: 4,
  total: { count: 10, amounts: { POINTS: 500, INR: 7 } },
  days: {
    '2026-11-14': { count: 4, amounts: { POINTS: 200 } },
    '2026-11-15': { count: 3, amounts: { POINTS: 150 } },
    [day]: { count: 2, amounts: { POINTS: 100, INR: 7 } },
    '2026-11-22': { count: 1, amounts: { POINTS: 50 } },
  },
};
const usages = new Map([['tenant', used]]);

describe('admit', () => {
  it.each<[string, Caps, number | undefined]>([
    ['nothing', {}, undefined],
    ['incentives on the day, room for one', { maxPerDay: 3 }, undefined],
    ['incentives on the day, none left', { maxPerDay: 2 }, 2],
    ['incentives in all, room for one', { maxTotal: 11 }, undefined],
    ['incentives in all, none left', { maxTotal: 10 }, 10],
    ['seven days, room for one', { maxTotal: 6, windowDays: 7 }, undefined],
    ['seven days, none left', { maxTotal: 5, windowDays: 7 }, 5],
    ['eight days, none left', { maxTotal: 9, windowDays: 8 }, 9],
    ['one day as a window', { maxTotal: 2, windowDays: 1 }, 2],
    ['two days, room until the day, none with the day after', { maxTotal: 3, windowDays: 2 }, 3],
    ['eight days, fullest where they end on the day', { maxTotal: 7, windowDays: 8 }, 9],
    ['points on the day, just enough', { amounts: { POINTS: { maxPerDay: 150 } } }, undefined],
    ['points on the day, one too few', { amounts: { POINTS: { maxPerDay: 149 } } }, 100],
    ['points in all, just enough', { amounts: { POINTS: { maxTotal: 550 } } }, undefined],
    ['points in all, one too few', { amounts: { POINTS: { maxTotal: 549 } } }, 500],
    ['points of a window', { windowDays: 7, amounts: { POINTS: { maxTotal: 299 } } }, 250],
    ['another unit', { amounts: { INR: { maxTotal: 0, maxPerDay: 0 } } }, undefined],
    ['nothing at all', { maxTotal: 0 }, 10],
  ])('asks of caps on %s whether there is room', (_what, caps, full) => {
    const admission = admit(usages, request([tenantCaps(caps)]));
    if (full === undefined) expect(admission).toEqual({ kind: 'admitted' });
    else expect(admission).toMatchObject({ kind: 'refused', subject: 'tenant', used: full });
  });

  it('returns the first cap without room, in the order of the request, with its usage', () => {
    const caps = [
      { scope: 'USER' as const, subject: 'user:u', caps: { maxTotal: 1 } },
      tenantCaps({ maxPerDay: 3, maxTotal: 10, amounts: { POINTS: { maxTotal: 1 } } }),
    ];
    expect(admit(usages, request(caps))).toEqual({
      kind: 'refused',
      scope: 'GLOBAL',
      subject: 'tenant',
      period: 'total',
      measure: 'count',
      max: 10,
      used: 10,
      asked: 1,
    });
    expect(admit(new Map(), request(caps))).toMatchObject({
      measure: 'POINTS',
      used: 0,
      asked: 50,
    });
  });

  it('asks a coupon for no amount', () => {
    const caps = [tenantCaps({ maxTotal: 11, amounts: { POINTS: { maxTotal: 0 } } })];
    expect(admit(usages, request(caps, { amount: undefined }))).toEqual({ kind: 'admitted' });
  });
});

const anyMax = fc.option(fc.nat(5), { nil: undefined });
const anyAmountMax = fc.option(fc.nat(300), { nil: undefined });
const anyCaps: fc.Arbitrary<Caps> = fc.record({
  maxPerDay: anyMax,
  maxTotal: anyMax,
  amounts: fc.record({ POINTS: fc.record({ maxPerDay: anyAmountMax, maxTotal: anyAmountMax }) }),
});
/** Of two users, on few days, in any order. */
const anyRequest = fc
  .tuple(fc.nat(1), fc.nat(9), fc.option(fc.nat(120), { nil: undefined }))
  .map(([user, ahead, value]) => ({
    day: addDays(day, ahead),
    amount: value === undefined ? undefined : points(value),
    subjects: { ...subjects, USER: `user:${user}` },
  }));
type Given = Parameters<typeof count>[1];

/** Gives what is admitted, one after the other. */
const give = (requests: readonly Given[], capsOf: (request: Given) => readonly SubjectCaps[]) => {
  let all: ReadonlyMap<string, Usage> = new Map();
  const given = requests.filter((each) => {
    const isAdmitted = admit(all, { ...each, caps: capsOf(each) }).kind === 'admitted';
    if (isAdmitted) all = new Map([...all, ...count(all, each)]);
    return isAdmitted;
  });
  return { given, usages: all };
};
const amountOf = (requests: readonly Given[]) =>
  requests.reduce((sum, { amount }) => sum + (amount?.value ?? 0), 0);
const expectWithin = (requests: readonly Given[], maxCount = Infinity, maxAmount = Infinity) => {
  expect(requests.length).toBeLessThanOrEqual(maxCount);
  expect(amountOf(requests)).toBeLessThanOrEqual(maxAmount);
};

describe('what is admitted one after the other', () => {
  it('never passes a cap of any subject, by day or in all, whatever order the days come in', () => {
    fc.assert(
      fc.property(
        anyCaps,
        anyCaps,
        fc.array(anyRequest, { maxLength: 30 }),
        (tenant, user, requests) => {
          const { given } = give(requests, (each) => [
            { scope: 'USER', subject: each.subjects.USER, caps: user },
            tenantCaps(tenant),
          ]);
          const byUser = Map.groupBy(given, (each) => each.subjects.USER);
          for (const [caps, own] of [
            [tenant, given],
            ...[...byUser.values()].map((own) => [user, own]),
          ] as [Caps, Given[]][]) {
            const { maxPerDay, maxTotal } = caps.amounts?.['POINTS'] ?? {};
            expectWithin(own, caps.maxTotal, maxTotal);
            for (const ofDay of Map.groupBy(own, (each) => each.day).values())
              expectWithin(ofDay, caps.maxPerDay, maxPerDay);
          }
        },
      ),
    );
  });

  const anyWindow = fc.record({ windowDays: fc.integer({ min: 1, max: 5 }), maxTotal: fc.nat(4) });
  /** What was given in the `windowDays` days that end on a day. */
  const inWindow = (given: readonly Given[], last: string, windowDays: number) =>
    given.filter((each) => addDays(last, 1 - windowDays) <= each.day && each.day <= last);

  it('never passes a cap in any window, in whatever order the days come', () => {
    fc.assert(
      fc.property(anyWindow, fc.array(anyRequest, { maxLength: 40 }), (caps, requests) => {
        const { given } = give(requests, () => [tenantCaps(caps)]);
        for (let ahead = 0; ahead < 14; ahead += 1)
          expectWithin(inWindow(given, addDays(day, ahead), caps.windowDays), caps.maxTotal);
      }),
    );
  });

  it('is, when days come in order, whatever the window until the day has room for', () => {
    fc.assert(
      fc.property(anyWindow, fc.array(anyRequest, { maxLength: 40 }), (caps, requests) => {
        const inOrder = requests.toSorted((one, other) => (one.day < other.day ? -1 : 1));
        const { given } = give(inOrder, () => [tenantCaps(caps)]);
        const expected: Given[] = [];
        for (const each of inOrder)
          if (inWindow(expected, each.day, caps.windowDays).length < caps.maxTotal)
            expected.push(each);
        expect(given).toEqual(expected);
      }),
    );
  });

  it('never passes a cap for days that come so late that no usage of them is kept', () => {
    const anyLate = fc.nat(900).map((ahead) => ({ ...request([]), day: addDays(day, ahead) }));
    const anyCaps = fc.record({
      maxPerDay: fc.constant(2),
      maxTotal: fc.nat(6),
      windowDays: fc.constantFrom(7, 100, 366),
    });
    fc.assert(
      fc.property(anyCaps, fc.array(anyLate, { maxLength: 30 }), (caps, requests) => {
        const { given } = give(requests, () => [tenantCaps(caps)]);
        for (const { day: last } of given)
          expectWithin(inWindow(given, last, caps.windowDays), caps.maxTotal);
        for (const ofDay of Map.groupBy(given, (each) => each.day).values())
          expectWithin(ofDay, caps.maxPerDay);
      }),
    );
  });

  it('is refused only where one more would pass a cap', () => {
    fc.assert(
      fc.property(fc.nat(5), fc.array(anyRequest, { maxLength: 12 }), (maxTotal, requests) => {
        const { given, usages: all } = give(requests, () => [tenantCaps({ maxTotal })]);
        expect(given).toHaveLength(Math.min(maxTotal, requests.length));
        expect(all.get('tenant')?.total.count ?? 0).toBe(given.length);
      }),
    );
  });
});
