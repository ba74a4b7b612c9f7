import { describe, expect, it } from 'vitest';
import { questTerms, simpleTerms } from '#shared/testing/worlds/campaigns.ts';
import type { Clause } from './campaign.ts';
import type { CampaignDecision } from './decision.ts';
import { explainDecision } from './explain-decision.ts';

const clause = (name: string): Clause => ({ name, when: `event.${name}` });
const when = { all: [clause('large'), { any: [clause('book'), clause('toy')] }] };
const terms = simpleTerms({
  rule: { action: 'PURCHASE', when },
  cohort: 'vip',
  stacking: { group: 'g', policy: 'first' },
});
const decision = (fields: Partial<CampaignDecision>): CampaignDecision => ({
  campaignId: 'campaign-1',
  version: 3,
  outcome: 'qualified',
  ...fields,
});

describe('explainDecision', () => {
  it('names each clause with its expression and its answer', () => {
    const steps = [{ step: 0, clauses: ['yes', 'no', { error: 'division by zero' }] as const }];
    expect(explainDecision(terms, decision({ outcome: 'no-match', steps }))).toEqual({
      campaignId: 'campaign-1',
      version: 3,
      campaign: 'Fifty points',
      outcome: 'no-match',
      sentence:
        'The event did not meet the clauses: “book” was not met, “toy” could not be evaluated (division by zero)',
      steps: [
        {
          step: 0,
          name: 'action',
          met: false,
          clauses: [
            { name: 'large', when: 'event.large', result: 'yes' },
            { name: 'book', when: 'event.book', result: 'no' },
            { name: 'toy', when: 'event.toy', result: { error: 'division by zero' } },
          ],
        },
      ],
      incentiveIds: [],
    });
  });

  it.each([
    [['yes', 'no', 'yes'], true],
    [['yes', 'yes', 'skipped'], true],
    [['no', 'skipped', 'skipped'], false],
    [['yes', 'no', 'no'], false],
  ] as const)('knows whether clauses that answered %j held: %s', (clauses, met) => {
    const { steps } = explainDecision(terms, decision({ steps: [{ step: 0, clauses }] }));
    expect(steps.map((step) => step.met)).toEqual([met]);
  });

  it('names the steps of a quest that the event counted for', () => {
    const step = { name: 'walk', action: 'WALK', count: 1 };
    const quest = questTerms({
      order: 'any',
      steps: [step, { ...step, name: 'far', when: clause('far') }, { ...step, name: 'again' }],
    });
    const steps = [
      { step: 0, clauses: [] },
      { step: 1, clauses: ['no'] as const },
      { step: 2, clauses: [] },
    ];
    const progressed = explainDecision(quest, decision({ outcome: 'progressed', steps }));
    expect(progressed.sentence).toBe(
      'The event counted for “walk”, “again”; the quest is not completed yet',
    );
    const done = decision({ steps, incentiveIds: ['incentive-1'] });
    expect(explainDecision(quest, done)).toMatchObject({
      sentence: 'The event counted for “walk”, “again”, which completed the quest',
      incentiveIds: ['incentive-1'],
    });
  });

  it.each([
    ['qualified', 'The event met the clauses and qualified for the reward'],
    ['not-in-cohort', 'The user was not in the cohort vip at the time of the event'],
    [
      'outside-window',
      "The event is outside the campaign's time, 2026-11-01T00:00:00.000Z to 2026-12-01T00:00:00.000Z",
    ],
    ['too-late', 'The event arrived more than 86400 seconds late'],
    ['excluded', 'In the group g, campaign campaign-2 took precedence'],
    [
      'over-limit',
      'The event met the clauses, but already counts for 100 campaigns with precedence',
    ],
  ] as const)('explains why it is %s', (outcome, sentence) => {
    const excludedBy = outcome === 'excluded' ? 'campaign-2' : undefined;
    const explanation = explainDecision(terms, decision({ outcome, excludedBy }));
    expect(explanation).toMatchObject({ outcome, sentence, steps: [] });
    expect(explanation.excludedBy).toBe(excludedBy);
  });

  it('names the field of which a share was zero', () => {
    const amount = { kind: 'share', field: 'amountMinor', basisPoints: 500, max: 100 } as const;
    const cashback = simpleTerms({ reward: { type: 'CASHBACK', currency: 'INR', amount } });
    expect(explainDecision(cashback, decision({ outcome: 'nothing-to-give' })).sentence).toBe(
      'The event met the clauses, but a share of 500 basis points of its amountMinor is 0',
    );
  });
});
