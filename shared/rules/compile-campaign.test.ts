import { describe, expect, it } from 'vitest';
import type { Clause } from '#shared/domain/campaigns/campaign.ts';
import {
  actionEvent,
  activeCampaign,
  purchaseSchema,
  questTerms,
  simpleTerms,
} from '#shared/testing/worlds/campaigns.ts';
import { compileCampaign } from './compile-campaigns.ts';

const schemas = new Map([['PURCHASE', purchaseSchema]]);
const clause = (when: string): Clause => ({ name: when, when });
const yes = clause('event.amountMinor > 100');
const no = clause('event.amountMinor < 100');
const unanswerable = clause('100 / (event.amountMinor - event.amountMinor) > 1');
const error = { error: 'division by zero (at character 1)' };

/** What the clauses of a SIMPLE campaign come to. */
const evaluate = (when: Clause, fields: Parameters<typeof simpleTerms>[0] = {}) => {
  const terms = simpleTerms({ ...fields, rule: { action: 'PURCHASE', when } });
  return compileCampaign(activeCampaign(terms), schemas, 'Asia/Kolkata').conditions[0]?.(
    actionEvent(),
  );
};

describe('compileCampaign', () => {
  it.each([
    ['all', { all: [yes, no, yes] }, { holds: false, clauses: ['yes', 'no', 'skipped'] }],
    ['any', { any: [no, yes, no] }, { holds: true, clauses: ['no', 'yes', 'skipped'] }],
    [
      'all within any',
      { any: [{ all: [no, yes] }, { all: [yes, yes] }, no] },
      { holds: true, clauses: ['no', 'skipped', 'yes', 'yes', 'skipped'] },
    ],
    [
      'an error in all',
      { all: [unanswerable, yes] },
      { holds: false, clauses: [error, 'skipped'] },
    ],
    ['an error in any', { any: [unanswerable, yes] }, { holds: true, clauses: [error, 'yes'] }],
    ['one clause', yes, { holds: true, clauses: ['yes'] }],
  ])(
    'asks no more than it needs to, in the order of the document: %s',
    (_what, when, conditionResult) => {
      expect(evaluate(when)).toEqual(conditionResult);
    },
  );

  it('has a condition per step, one that is always true without clauses', () => {
    const step = { name: 'buy', action: 'PURCHASE', count: 1 };
    const terms = questTerms({ order: 'any', steps: [step, { ...step, when: no }] });
    const { conditions } = compileCampaign(activeCampaign(terms), schemas, 'UTC');
    expect(conditions.map((condition) => condition(actionEvent()))).toEqual([
      { holds: true, clauses: [] },
      { holds: false, clauses: ['no'] },
    ]);
  });

  it("means the campaign's time zone by local, the tenant's where it has none", () => {
    const inKolkata = clause('local.hour == 15');
    expect(evaluate(inKolkata)?.holds).toBe(true);
    expect(evaluate(inKolkata, { timeZone: 'America/New_York' })?.holds).toBe(false);
    expect(evaluate(clause('local.hour == 5'), { timeZone: 'America/New_York' })?.holds).toBe(true);
  });

  it('continues evaluating with a clause that does not compile, and with an action that nobody declared', () => {
    const defect = { error: 'is int, but must be bool' };
    expect(evaluate({ any: [clause('event.amountMinor'), yes] })).toEqual({
      holds: true,
      clauses: [defect, 'yes'],
    });
    const campaign = activeCampaign(simpleTerms({ rule: { action: 'PURCHASE', when: yes } }));
    const [condition] = compileCampaign(campaign, new Map(), 'UTC').conditions;
    expect(condition?.(actionEvent())).toEqual({
      holds: false,
      clauses: [{ error: 'event.amountMinor is not a field of PURCHASE (fields: none)' }],
    });
  });

  it.each([
    ['more expressions', { all: Array.from({ length: 101 }, () => yes) }],
    [
      'more cost',
      {
        all: Array.from({ length: 3 }, () =>
          clause('has(event.tags) && !event.tags.exists(t, t.contains("abcde"))'),
        ),
      },
    ],
  ])('answers with an error for a stored campaign with %s than there may be', (_what, when) => {
    expect(evaluate(when)).toEqual({
      holds: false,
      clauses: [{ error: expect.stringMatching(/^the campaign's clauses exceed/) as string }],
    });
  });

  it('answers with an error for a stored clause that is no longer accepted, and continues evaluating', () => {
    const grown = clause('has(event.tags) && size(event.tags.map(a, a)) > 0');
    expect(evaluate({ any: [grown, yes] })).toEqual({
      holds: true,
      clauses: [{ error: expect.stringMatching(/^map\(\) is not allowed/) as string }, 'yes'],
    });
  });

  it('gives each event its own answer, however they take turns', () => {
    const terms = simpleTerms({ rule: { action: 'PURCHASE', when: yes } });
    const [condition] = compileCampaign(activeCampaign(terms), schemas, 'UTC').conditions;
    const large = actionEvent();
    const small = actionEvent({ payload: { amountMinor: 1, category: 'books' } });
    const answers = [large, small, large, small].map((event) => condition?.(event).holds);
    expect(answers).toEqual([true, false, true, false]);
  });
});
