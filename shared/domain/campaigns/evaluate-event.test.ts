import { describe, expect, it } from 'vitest';
import {
  actionEvent,
  activeCampaign,
  questTerms,
  simpleTerms,
} from '#shared/testing/worlds/campaigns.ts';
import type { ActionEvent } from './action-event.ts';
import type { Campaign, CampaignTerms } from './campaign.ts';
import { campaignsPerEventMax } from './campaign-load.ts';
import type { CompiledCampaign, ConditionResult } from './compiled-campaign.ts';
import { evaluateEvent } from './evaluate-event.ts';
import type { Entitlement } from './qualification.ts';

const yes: ConditionResult = { holds: true, clauses: ['yes'] };
const no: ConditionResult = { holds: false, clauses: ['no'] };

const compiled = (
  campaign: Campaign,
  ...conditionResults: readonly ConditionResult[]
): CompiledCampaign => ({
  campaign,
  conditions: conditionResults.map((conditionResult) => () => conditionResult),
});

const simple = (fields: Parameters<typeof simpleTerms>[0] = {}, id = 'campaign-1') =>
  compiled(activeCampaign(simpleTerms(fields), id), yes);

const now = new Date('2026-11-21T10:20:00Z');

const evaluate = (
  campaigns: readonly CompiledCampaign[],
  event: Partial<ActionEvent> = {},
  cohorts: readonly string[] = [],
) =>
  evaluateEvent(campaigns, actionEvent(event), {
    now,
    cohorts: new Set(cohorts),
    incentiveIdOf: ({ campaignId }, { eventId }) => `${campaignId} ${eventId}`,
  });

const idsOf = (entitlements: readonly Entitlement[]) =>
  entitlements.map(({ choices }) => choices.map(({ campaignId }) => campaignId));

/** What became of the event by one campaign. */
const outcomeOf = (...asked: Parameters<typeof evaluate>) =>
  evaluate(...asked).decisions[0]?.outcome;

describe('evaluateEvent', () => {
  it('qualifies for what a SIMPLE campaign gives, in event time and by the version it asked', () => {
    expect(evaluate([simple()])).toEqual({
      decisions: [
        {
          campaignId: 'campaign-1',
          version: 3,
          outcome: 'qualified',
          steps: [{ step: 0, clauses: ['yes'] }],
          incentiveIds: ['campaign-1 e-1'],
        },
      ],
      entitlements: [
        {
          priority: 100,
          choices: [
            {
              incentiveId: 'campaign-1 e-1',
              tenantId: 'default',
              userId: 'c-1',
              campaignId: 'campaign-1',
              campaignVersion: 3,
              eventId: 'e-1',
              reward: { type: 'POINTS', amount: 50, currency: 'POINTS', program: 'points' },
              qualifiedAt: new Date('2026-11-21T10:15:00Z'),
            },
          ],
        },
      ],
      steps: [],
    });
  });

  it('shows the clauses that were not met, and issues nothing', () => {
    expect(evaluate([compiled(activeCampaign(), no)])).toEqual({
      decisions: [
        {
          campaignId: 'campaign-1',
          version: 3,
          outcome: 'no-match',
          steps: [{ step: 0, clauses: ['no'] }],
        },
      ],
      entitlements: [],
      steps: [],
    });
  });

  it('does not ask campaigns of other actions', () => {
    expect(evaluate([simple({ rule: { action: 'WALK' } })])).toEqual({
      decisions: [],
      entitlements: [],
      steps: [],
    });
  });

  it.each([
    ['2026-10-31T23:59:59.999Z', 'outside-window'],
    ['2026-11-01T00:00:00.000Z', 'qualified'],
    ['2026-11-30T23:59:59.999Z', 'qualified'],
    ['2026-12-01T00:00:00.000Z', 'outside-window'],
  ])('asks for the window in event time: %s is %s', (occurredAt, outcome) => {
    expect(outcomeOf([simple()], { occurredAt: new Date(occurredAt) })).toBe(outcome);
  });

  it.each([
    [300, 'ignore', 'qualified'],
    [299, 'ignore', 'too-late'],
    [299, 'count', 'qualified'],
  ] as const)(
    'takes an event that comes 300 s late, of %i allowed and else %s: %s',
    (afterSeconds, policy, outcome) => {
      expect(outcomeOf([simple({ lateness: { afterSeconds, policy } })])).toBe(outcome);
    },
  );

  it('asks for the cohort', () => {
    const campaigns = [simple({ cohort: 'vip' })];
    expect(outcomeOf(campaigns, {}, ['vip', 'staff'])).toBe('qualified');
    expect(outcomeOf(campaigns, {}, ['staff'])).toBe('not-in-cohort');
  });

  it('shows that a share is zero', () => {
    const amount = { kind: 'share', field: 'amountMinor', basisPoints: 500, max: 100 } as const;
    const campaigns = [simple({ reward: { type: 'CASHBACK', currency: 'INR', amount } })];
    expect(outcomeOf(campaigns, { payload: { amountMinor: 19 } })).toBe('nothing-to-give');
    expect(evaluate(campaigns, { payload: { amountMinor: 19 } }).entitlements).toEqual([]);
    expect(outcomeOf(campaigns, { payload: { amountMinor: 20 } })).toBe('qualified');
  });

  it('lets those compete that qualify, and no others', () => {
    const stacking = { group: 'g', policy: 'first' } as const;
    const unmet = compiled(activeCampaign(simpleTerms({ stacking, priority: 1 }), 'a'), no);
    const campaigns = [
      unmet,
      simple({ stacking, priority: 3 }, 'b'),
      simple({ stacking, priority: 2 }, 'c'),
      simple({}, 'd'),
    ];
    const { decisions, entitlements } = evaluate(campaigns);
    expect(decisions.map(({ outcome }) => outcome)).toEqual([
      ...['no-match', 'excluded', 'qualified', 'qualified'],
    ]);
    expect(decisions[1]).toMatchObject({ campaignId: 'b', excludedBy: 'c' });
    expect(decisions[1]).not.toHaveProperty('incentiveIds');
    expect(idsOf(entitlements)).toEqual([['c', 'b'], ['d']]);
  });

  it('entitles by priority, in whatever order the campaigns are known', () => {
    const stacking = { group: 'g', policy: 'highest' } as const;
    const amount = { kind: 'fixed', amount: 90 } as const;
    const high = { type: 'POINTS', program: 'points', amount } as const;
    const campaigns = [
      simple({ priority: 3 }, 'a'),
      simple({ priority: 1 }, 'b'),
      simple({ priority: 1, stacking }, 'c'),
      simple({ priority: 2, stacking, reward: high }, 'd'),
      simple({ priority: 2 }, 'e'),
    ];
    const order = [['b'], ['d', 'c'], ['e'], ['a']];
    expect(idsOf(evaluate(campaigns).entitlements)).toEqual(order);
    expect(idsOf(evaluate(campaigns.toReversed()).entitlements)).toEqual(order);
  });

  it('names every step of a quest that an event met, and evaluates only those of its action', () => {
    const step = { name: 's', action: 'PURCHASE', count: 1 };
    const terms: CampaignTerms = questTerms({
      order: 'any',
      steps: [step, { ...step, action: 'WALK' }, step, step],
    });
    const campaign = activeCampaign(terms);
    const { decisions, entitlements, steps } = evaluate([compiled(campaign, yes, yes, no, yes)]);
    expect(steps).toEqual([{ campaign, steps: [0, 3] }]);
    expect(entitlements).toEqual([]);
    expect(decisions).toEqual([
      {
        campaignId: 'campaign-1',
        version: 3,
        outcome: 'progressed',
        steps: [
          { step: 0, clauses: ['yes'] },
          { step: 2, clauses: ['no'] },
          { step: 3, clauses: ['yes'] },
        ],
      },
    ]);
  });

  it('counts for no more campaigns than it may, the first by priority, quests among them', () => {
    const step = { name: 'buy', action: 'PURCHASE', count: 2 };
    const quest = { ...questTerms({ order: 'any', steps: [step] }), priority: 0 };
    const amount = { kind: 'share', field: 'nothing', basisPoints: 1, max: 1 } as const;
    const reward = { type: 'POINTS', program: 'points', amount } as const;
    const missed = simple({ reward, priority: 1 }, 'nothing-to-give');
    const many = Array.from({ length: campaignsPerEventMax }, (_, index) =>
      simple({ priority: 2 + index }, `simple-${index}`),
    );
    const { decisions, entitlements, steps } = evaluate([
      ...many.toReversed(),
      missed,
      compiled(activeCampaign(quest, 'quest'), yes),
    ]);
    const over = decisions.filter(({ outcome }) => outcome === 'over-limit');
    const last = [`simple-${campaignsPerEventMax - 1}`, `simple-${campaignsPerEventMax - 2}`];
    expect(over.map(({ campaignId }) => campaignId)).toEqual(last);
    expect(entitlements).toHaveLength(campaignsPerEventMax - 2);
    expect(steps).toHaveLength(1);
  });
});
