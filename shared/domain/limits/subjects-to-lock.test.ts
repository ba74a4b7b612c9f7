import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Qualification } from '../campaigns/qualification.ts';
import { subjectsToLock } from './admit.ts';
import type { Caps } from './caps.ts';
import { type LimitTerms, limitRequestOf } from './limit-request-of.ts';

const qualification = (fields: Partial<Qualification> = {}): Qualification => ({
  incentiveId: 'i-1',
  tenantId: 't1',
  userId: 'u',
  campaignId: 'c',
  campaignVersion: 1,
  eventId: 'e-1',
  reward: { type: 'POINTS', amount: 50, currency: 'POINTS', program: 'points' },
  qualifiedAt: new Date('2026-11-21T10:00:00Z'),
  ...fields,
});

const lockedOn = (terms: Partial<LimitTerms>, of = qualification()) => [
  ...subjectsToLock(
    limitRequestOf(of, {
      timeZone: 'UTC',
      tenant: { GLOBAL: {}, USER: {} },
      campaign: {},
      ...terms,
    }),
  ),
];
const number: Caps = { maxPerDay: 9 };
const points: Caps = { amounts: { POINTS: { maxTotal: 9 } } };

describe('subjectsToLock', () => {
  it.each([
    ['nothing without caps', {}, []],
    [
      'the tenant alone where it counts every incentive',
      { tenant: { GLOBAL: number, USER: number }, campaign: { overall: number, perUser: number } },
      ['tenant'],
    ],
    [
      'the campaign for its users',
      { campaign: { overall: number, perUser: number } },
      ['campaign:c'],
    ],
    [
      'the user for its share in a campaign',
      { tenant: { GLOBAL: {}, USER: number }, campaign: { perUser: number } },
      ['user:u'],
    ],
    [
      'a user and a tenant that counts points only',
      { tenant: { GLOBAL: points, USER: number } },
      ['user:u', 'tenant'],
    ],
    [
      'a campaign and a user, as neither includes the other',
      { tenant: { GLOBAL: {}, USER: number }, campaign: { overall: number } },
      ['campaign:c', 'user:u'],
    ],
  ] as const)('locks %s', (_what, terms, subjects) => {
    expect(lockedOn(terms)).toEqual(subjects);
  });

  it('lets two requests share a lock where they share a capped subject', () => {
    const caps = fc.constantFrom<Caps>({}, number, { maxTotal: 5 }, points, {
      amounts: { INR: { maxPerDay: 1 } },
    });
    const limits = fc.record({
      overall: caps,
      perUser: caps,
      budget: fc.constantFrom(undefined, 100),
    });
    const rewards = fc.constantFrom<Qualification['reward']>(
      { type: 'POINTS', amount: 5, currency: 'POINTS', program: 'points' },
      { type: 'CASHBACK', amount: 5, currency: 'INR' },
      { type: 'COUPON', amount: 1, pool: 'p' },
    );
    const side = fc.record({
      userId: fc.constantFrom('u', 'v'),
      campaignId: fc.constantFrom<'c' | 'd'>('c', 'd'),
      reward: rewards,
    });
    fc.assert(
      fc.property(
        fc.record({ GLOBAL: caps, USER: caps }),
        fc.record({ c: limits, d: limits }),
        side,
        side,
        (tenant, campaigns, ...sides) => {
          const [one, other] = sides.map((fields) => {
            const campaign = campaigns[fields.campaignId];
            const request = limitRequestOf(qualification(fields), {
              timeZone: 'UTC',
              tenant,
              campaign,
            });
            return {
              capped: request.caps.map(({ subject }) => subject),
              locked: [...subjectsToLock(request)],
            };
          });
          const share = (what: 'capped' | 'locked') =>
            (one?.[what] ?? []).some((subject) => other?.[what].includes(subject));
          expect(share('locked')).toBe(share('capped'));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
