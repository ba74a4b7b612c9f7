import { describe, expect, it } from 'vitest';
import { campaignTerms, newCampaign, shownTerms } from './document.ts';

const simple = {
  name: 'Five percent back',
  type: 'SIMPLE',
  startAt: '2026-12-01T00:00:00+05:30',
  endAt: '2027-01-01T00:00:00+05:30',
  rule: { action: 'PURCHASE' },
  reward: {
    type: 'CASHBACK',
    currency: 'INR',
    amount: { kind: 'share', field: 'amountMinor', basisPoints: 500, max: 10_000 },
  },
};
const fixed = { type: 'CASHBACK', currency: 'INR', amount: { kind: 'fixed', amount: 5_000 } };
const step = (name: string, rest: object = {}) => ({ name, action: 'CHECK_IN', ...rest });
const quest = {
  ...simple,
  type: 'QUEST',
  rule: { steps: [step('in'), step('out')] },
  reward: { type: 'POINTS', amount: { kind: 'fixed', amount: 50 } },
};
const leaf = { name: 'large', when: 'event.amountMinor >= 50000' };
const nested = (levels: number): object =>
  levels === 1 ? leaf : { all: [leaf, nested(levels - 1)] };

/** The defects of terms, each once and with its path. */
const issues = (terms: unknown): readonly string[] => {
  const issues = campaignTerms.safeParse(terms).error?.issues ?? [];
  return [...new Set(issues.map(({ path, message }) => `${path.join('.')}: ${message}`))];
};

describe('campaignTerms', () => {
  it('fill in defaults', () => {
    expect(campaignTerms.parse(simple)).toEqual({
      ...simple,
      startAt: new Date('2026-11-30T18:30:00Z'),
      endAt: new Date('2026-12-31T18:30:00Z'),
      priority: 100,
      limits: {},
      lateness: { afterSeconds: 604_800, policy: 'ignore' },
    });
    expect(campaignTerms.parse(quest)).toMatchObject({
      rule: { order: 'ordered', steps: [{ count: 1 }, { count: 1 }] },
      reward: { program: 'points' },
    });
  });

  it('are shown as they were saved', () => {
    const full = {
      ...simple,
      description: 'On books',
      timeZone: 'Asia/Kolkata',
      priority: 3,
      stacking: { group: 'cashback', policy: 'highest' },
      cohort: 'vip',
      rule: { action: 'PURCHASE', when: { all: [leaf, { any: [leaf, leaf] }] } },
      reward: { ...fixed, program: 'cashback', expiresAfterDays: 30 },
      limits: {
        overall: { maxTotal: 10, windowDays: 7, amounts: { INR: { maxPerDay: 5_000 } } },
        perUser: { maxPerDay: 1, maxTotal: 1 },
        budget: 5_000,
      },
      lateness: { afterSeconds: 0, policy: 'count' },
    };
    expect(shownTerms(campaignTerms.parse(full))).toEqual({
      ...full,
      startAt: '2026-11-30T18:30:00.000Z',
      endAt: '2026-12-31T18:30:00.000Z',
    });
  });

  it('accept trees of five levels and no deeper ones', () => {
    expect(issues({ ...simple, rule: { ...simple.rule, when: nested(5) } })).toEqual([]);
    expect(issues({ ...simple, rule: { ...simple.rule, when: nested(6) } })).toContain(
      'rule.when.all.1.all.1.all.1.all.1.all.1: is deeper than 5 levels',
    );
  });

  it.each<[what: string, change: object, misfit: string]>([
    ['of no type', { type: 'BOTH' }, 'type: must be SIMPLE or QUEST'],
    ['with a field of no meaning', { priorty: 1 }, ': has no field priorty'],
    ['without a name', { name: undefined }, 'name: is missing'],
    [
      'of an empty window',
      { endAt: simple.startAt },
      'endAt: must be after 2026-11-30T18:30:00.000Z, the startAt',
    ],
    [
      'of an inverted window',
      { endAt: '2026-11-01T00:00:00Z' },
      'endAt: must be after 2026-11-30T18:30:00.000Z, the startAt',
    ],
    [
      'of a time zone that is none',
      { timeZone: 'Asia/Atlantis' },
      'timeZone: must be an IANA time zone such as Asia/Kolkata',
    ],
    [
      'of a time zone that is an offset',
      { timeZone: '+05:30' },
      'timeZone: must be an IANA time zone such as Asia/Kolkata',
    ],
    [
      'of an amount that is not exact',
      { reward: { ...fixed, amount: { kind: 'fixed', amount: 2 ** 53 } } },
      'reward.amount.amount: must be a whole number from 1 to 1000000000000',
    ],
    [
      'of a budget that is not exact',
      { limits: { budget: 2 ** 53 } },
      'limits.budget: must be a whole number of at least 1',
    ],
    [
      'of a cap of zero',
      { limits: { perUser: { maxTotal: 0 } } },
      'limits.perUser.maxTotal: must be a whole number of at least 1',
    ],
    [
      'of a cap a day above the one in all',
      { limits: { overall: { maxPerDay: 3, maxTotal: 2 } } },
      'limits.overall.maxPerDay: must be at most 2, the maxTotal',
    ],
    [
      'of a window of nothing',
      { limits: { overall: { maxPerDay: 3, windowDays: 7 } } },
      'limits.overall.windowDays: requires a maxTotal',
    ],
    [
      'of a cap below the reward',
      { reward: fixed, limits: { perUser: { amounts: { INR: { maxPerDay: 4_999 } } } } },
      'limits.perUser.amounts.INR.maxPerDay: must be at least 5000, the amount of the reward; otherwise no reward could be issued',
    ],
    [
      'of a budget below the reward',
      { reward: fixed, limits: { budget: 4_999 } },
      'limits.budget: must be at least 5000, the amount of the reward; otherwise no reward could be issued',
    ],
    [
      'of a cap in what it does not give',
      { limits: { overall: { amounts: { POINTS: { maxTotal: 9 } } } } },
      'limits.overall.amounts.POINTS: has no effect: the campaign gives INR',
    ],
    [
      'of a cap in no unit',
      { limits: { overall: { amounts: { rupees: { maxTotal: 9 } } } } },
      'limits.overall.amounts.rupees: must be POINTS or an ISO 4217 code such as INR',
    ],
    [
      'of a clause without a name',
      { rule: { action: 'PURCHASE', when: { all: [leaf, { when: 'true' }] } } },
      'rule.when.all.1.name: is missing',
    ],
    [
      'of a tree without clauses',
      { rule: { action: 'PURCHASE', when: { all: [{ any: [] }] } } },
      'rule.when.all.0.any: must be a list of 1 to 20',
    ],
    [
      'of a tree of two kinds',
      { rule: { action: 'PURCHASE', when: { all: [leaf], any: [leaf] } } },
      'rule.when: has no field any',
    ],
    [
      'that ask for what never holds',
      { rule: { action: 'PURCHASE', when: { all: [leaf, { name: 'off', when: ' false' }] } } },
      'rule.when: can never be true, so nobody would qualify',
    ],
  ])('refuse a campaign %s', (_what, change, issue) => {
    expect(issues({ ...simple, ...change })).toEqual([issue]);
  });

  it.each<[what: string, change: object, misfit: string]>([
    [
      'that competes',
      { stacking: { group: 'g', policy: 'first' } },
      'stacking: is only supported for SIMPLE campaigns',
    ],
    [
      'with two steps of a name',
      { rule: { steps: [step('in'), step('in')] } },
      'rule.steps.1.name: duplicates an earlier entry',
    ],
    [
      'of too many steps',
      { rule: { steps: Array.from({ length: 21 }, (_, index) => step(`step ${index}`)) } },
      'rule.steps: must be a list of 1 to 20',
    ],
    [
      'of too many events',
      { rule: { steps: [{ ...step('in'), count: 1_000 }, step('out')] } },
      'rule.steps: must require at most 1000 events in total, not 1001',
    ],
    [
      'whose time limit is longer than its window',
      { rule: { steps: [step('in')], withinSeconds: 31 * 86_400 + 1 } },
      'rule.withinSeconds: must be at most 2678400, the window of the campaign',
    ],
    [
      'of a step that nobody can do',
      { rule: { steps: [step('in'), step('out', { when: { name: 'no', when: 'false' } })] } },
      'rule.steps.1.when: can never be true, so nobody would qualify',
    ],
    [
      'of a step that is done without doing anything',
      { rule: { steps: [step('in', { count: 0 })] } },
      'rule.steps.0.count: must be a whole number from 1 to 1000',
    ],
  ])('refuse a quest %s', (_what, change, issue) => {
    expect(issues({ ...quest, ...change })).toEqual([issue]);
  });

  it('let the tenant be named where a campaign is made, and not where it is changed', () => {
    expect(newCampaign.parse({ tenantId: 'acme', ...simple })).toHaveProperty('tenantId', 'acme');
    expect(issues({ tenantId: 'acme', ...simple })).toEqual([': has no field tenantId']);
  });
});
