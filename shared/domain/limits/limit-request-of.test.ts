import { describe, expect, it } from 'vitest';
import type { Qualification } from '../campaigns/qualification.ts';
import {
  countableOf,
  type LimitTerms,
  limitRequestOf,
  subjectsOf,
  userOf,
} from './limit-request-of.ts';

const qualification: Qualification = {
  incentiveId: 'i-1',
  tenantId: 't1',
  userId: 'u',
  campaignId: 'c',
  campaignVersion: 2,
  eventId: 'e-1',
  reward: { type: 'POINTS', amount: 50, currency: 'POINTS', program: 'points' },
  qualifiedAt: new Date('2026-11-21T10:00:00Z'),
};
const open: LimitTerms = { timeZone: 'UTC', tenant: { GLOBAL: {}, USER: {} }, campaign: {} };
const subjects = {
  GLOBAL: 'tenant',
  USER: 'user:u',
  CAMPAIGN: 'campaign:c',
  CAMPAIGN_USER: 'campaign:c:user:u',
};

describe('limitRequestOf', () => {
  it('asks the caps of the campaign first, then those of the tenant; each for the user before all', () => {
    const terms: LimitTerms = {
      timeZone: 'UTC',
      tenant: { GLOBAL: { maxTotal: 1 }, USER: { maxTotal: 2 } },
      campaign: { overall: { maxTotal: 3 }, perUser: { maxTotal: 4 }, budget: 5 },
    };
    expect(limitRequestOf(qualification, terms)).toEqual({
      incentiveId: 'i-1',
      day: '2026-11-21',
      amount: { unit: 'POINTS', value: 50 },
      subjects,
      caps: [
        { scope: 'CAMPAIGN_USER', subject: 'campaign:c:user:u', caps: { maxTotal: 4 } },
        { scope: 'CAMPAIGN', subject: 'campaign:c', caps: { maxTotal: 3 } },
        {
          scope: 'CAMPAIGN',
          subject: 'campaign:c',
          caps: { amounts: { POINTS: { maxTotal: 5 } } },
        },
        { scope: 'USER', subject: 'user:u', caps: { maxTotal: 2 } },
        { scope: 'GLOBAL', subject: 'tenant', caps: { maxTotal: 1 } },
      ],
    });
  });

  it('leaves out caps that limit nothing of what the reward gives', () => {
    const campaign = { overall: { windowDays: 7 }, perUser: { amounts: { INR: { maxTotal: 1 } } } };
    const tenant = {
      GLOBAL: { amounts: { POINTS: {} } },
      USER: { amounts: { POINTS: { maxPerDay: 0 } } },
    };
    const { caps } = limitRequestOf(qualification, { ...open, tenant, campaign });
    expect(caps.map(({ scope }) => scope)).toEqual(['USER']);
    expect(limitRequestOf(qualification, open).caps).toEqual([]);
  });

  it('counts codes against the budget where a coupon is given', () => {
    const coupon = { ...qualification, reward: { type: 'COUPON' as const, amount: 1, pool: 'p' } };
    const terms = { ...open, campaign: { budget: 9 } };
    expect(limitRequestOf(coupon, terms)).toMatchObject({
      amount: undefined,
      caps: [{ scope: 'CAMPAIGN', caps: { maxTotal: 9 } }],
    });
    expect(limitRequestOf(qualification, terms).caps).toMatchObject([
      { caps: { amounts: { POINTS: { maxTotal: 9 } } } },
    ]);
  });

  it.each([
    ['Asia/Kolkata', '2026-06-01T18:29:59.999Z', '2026-06-01'],
    ['Asia/Kolkata', '2026-06-01T18:30:00Z', '2026-06-02'],
    ['America/New_York', '2026-06-02T03:59:59Z', '2026-06-01'],
    ['America/New_York', '2026-06-02T04:00:00Z', '2026-06-02'],
    // The day on which clocks go forward begins in winter time and ends in summer time: it has 23
    // hours.
    ['America/New_York', '2026-03-08T04:59:59Z', '2026-03-07'],
    ['America/New_York', '2026-03-08T05:00:00Z', '2026-03-08'],
    ['America/New_York', '2026-03-09T03:59:59Z', '2026-03-08'],
    ['America/New_York', '2026-03-09T04:00:00Z', '2026-03-09'],
    // The day on which they go back has 25.
    ['America/New_York', '2026-11-01T04:00:00Z', '2026-11-01'],
    ['America/New_York', '2026-11-02T04:59:59Z', '2026-11-01'],
    ['America/New_York', '2026-11-02T05:00:00Z', '2026-11-02'],
  ])('counts in %s what was earned at %s on %s', (timeZone, instant, day) => {
    const earned = { ...qualification, qualifiedAt: new Date(instant) };
    expect(limitRequestOf(earned, { ...open, timeZone }).day).toBe(day);
  });
});

describe('countableOf', () => {
  it('is for an incentive what the request of its qualification counts', () => {
    const { caps: _caps, ...counted } = limitRequestOf(qualification, open);
    const { incentiveId, userId, campaignId, reward } = qualification;
    const incentive = {
      incentiveId,
      userId,
      campaignId,
      ...reward,
      currency: 'POINTS',
      day: '2026-11-21',
    };
    expect(countableOf(incentive)).toEqual(counted);
    expect(countableOf({ ...incentive, currency: undefined }).amount).toBeUndefined();
  });
});

describe('userOf', () => {
  it('finds the user of a subject, whatever their id contains', () => {
    for (const userId of ['u', 'campaign:c:user:u', 'user:', 'a\nb']) {
      const named = subjectsOf({ userId, campaignId: 'c' });
      expect(userOf(named.USER)).toEqual({ scope: 'user:', userId });
      expect(userOf(named.CAMPAIGN_USER)).toEqual({ scope: 'campaign:c:user:', userId });
    }
  });

  it('finds none where users share the subject', () => {
    expect(userOf('tenant')).toBeUndefined();
    expect(userOf('campaign:c')).toBeUndefined();
  });
});
