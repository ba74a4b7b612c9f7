import { z } from 'zod';
import { assert } from '#shared/domain/assert.ts';
import type { Campaign } from '#shared/domain/campaigns/campaign.ts';
import type { EventDecision } from '#shared/domain/campaigns/decide-event.ts';
import { afterCaps, type CampaignDecision } from '#shared/domain/campaigns/decision.ts';
import { type Explanation, explainDecision } from '#shared/domain/campaigns/explain-decision.ts';
import type { Incentive } from '#shared/domain/incentives/incentive.ts';
import { identifier, slug } from '#shared/eventing/contracts/fields.ts';
import { shownInstant, strict } from '#shared/runtime/http/body/body-fields.ts';
import { campaignStatuses } from '../campaigns/answer.ts';
import { actionCode, listOf, someInstant } from '../fields.ts';
import { refusalAnswer, rewardAnswer, showReward } from '../incentives/document.ts';
import type { TriedQuest } from './decide.ts';

const clause = z.object({
  name: z.string(),
  when: z.string(),
  result: z
    .enum(['yes', 'no', 'skipped', 'error'])
    .describe('skipped: other clauses had already decided; error: it could not be evaluated'),
  error: z.string().nullable(),
});

const step = z.object({
  step: z.int().describe('Index in the rule, from 0'),
  name: z.string(),
  met: z.boolean().describe('Whether its condition was met'),
  clauses: z.array(clause).describe('In document order'),
});

/** The fields of every explained decision. */
export const explanationFields = {
  campaignId: z.uuid(),
  version: z.int().describe('Version of the terms that were evaluated'),
  campaign: z.string().describe('Its name'),
  outcome: z.enum([
    'qualified',
    'progressed',
    'no-match',
    'not-in-cohort',
    'outside-window',
    'too-late',
    'excluded',
    'nothing-to-give',
    'over-limit',
  ]),
  sentence: z.string().describe('The reason, in one sentence'),
  steps: z.array(step).describe('Steps with this action; empty if no clause was evaluated'),
  excludedBy: z.uuid().nullable().describe('Campaign of the group that took precedence'),
};

/** Shows the fields of every explained decision. */
export const showExplanation = (explanation: Explanation) => {
  const { campaignId, version, campaign, outcome, sentence, steps, excludedBy } = explanation;
  return {
    ...{ campaignId, version, campaign, outcome, sentence },
    steps: steps.map(({ clauses, ...rest }) => ({
      ...rest,
      clauses: clauses.map(({ result, ...asked }) => ({ ...asked, ...showResult(result) })),
    })),
    excludedBy: excludedBy ?? null,
  };
};

type Result = Explanation['steps'][number]['clauses'][number]['result'];

const showResult = (result: Result) =>
  typeof result === 'string'
    ? { result, error: null }
    : { result: 'error' as const, error: result.error };

const event = strict({
  action: actionCode,
  userId: identifier,
  occurredAt: someInstant
    .optional()
    .describe('When the user did it, which may be in the future. Defaults to now'),
  payload: z
    .record(z.string(), z.unknown(), { error: 'must be an object' })
    .default({})
    .describe('Payload, validated against the latest schema of the action'),
});

const campaignsMax = 50;

/** The body of an evaluation. */
export const evaluation = strict({
  event,
  cohorts: listOf(slug, { atMost: 100 })
    .optional()
    .describe('Cohorts of the user. Defaults to the actual memberships'),
  campaignIds: listOf(z.uuid({ error: 'must be a UUID' }), { atLeast: 1, atMost: campaignsMax })
    .optional()
    .describe('Only these campaigns, in any status. Defaults to all active campaigns'),
  includeDrafts: z
    .boolean({ error: 'must be true or false' })
    .default(false)
    .describe(
      'Also evaluate the latest 50 drafts with this action. Ignored when campaigns are given',
    ),
}).meta({ id: 'Evaluation' });

/** A hypothetical event. */
export type HypotheticalEvent = z.output<typeof event>;

const dryReward = z.object({
  reward: rewardAnswer.describe('A coupon gets its code when it is issued'),
  refusedBy: refusalAnswer.nullable().describe('null if it would be issued'),
});

const dryDecision = z
  .object({
    ...explanationFields,
    status: z.enum(campaignStatuses).describe('Of the campaign'),
    completions: z
      .object({ before: z.int(), after: z.int() })
      .nullable()
      .describe(
        'How often the user has completed the quest; null if the event met none of its steps',
      ),
    rewards: z.array(dryReward).describe('What the user would qualify for, with the current caps'),
  })
  .meta({ id: 'DryDecision' });

/** The decisions of campaigns about an event. */
export const evaluationAnswer = z
  .object({
    occurredAt: shownInstant,
    cohorts: z.array(z.string()).describe("The campaigns' cohorts that the user belongs to"),
    decisions: z.array(dryDecision).describe('One for each campaign with this action'),
  })
  .meta({ id: 'EvaluationOutcome' });

/** The result of an event. */
type Tried = Readonly<{
  decided: EventDecision;
  quests: readonly TriedQuest[];
  incentives: readonly Incentive[];
}>;

type Shown = z.output<typeof evaluationAnswer>['decisions'];

/** Shows what each campaign would decide, in words, and the resulting rewards. */
export const showEvaluation = (
  campaigns: readonly Campaign[],
  { decided, quests, incentives }: Tried,
): Shown => {
  const campaignOf = new Map(campaigns.map((campaign) => [campaign.campaignId, campaign]));
  const questOf = new Map(quests.map((quest) => [quest.campaignId, quest]));
  const given = Map.groupBy(incentives, ({ campaignId }) => campaignId);
  return decided.decisions.map((decision) => {
    const campaign = campaignOf.get(decision.campaignId);
    assert(campaign, 'the decision includes its inputs');
    const quest = questOf.get(decision.campaignId);
    return {
      ...showExplanation(
        explainDecision(campaign.terms, withQuest(afterCaps(decision, incentives), quest)),
      ),
      status: campaign.status,
      completions: quest === undefined ? null : { before: quest.before, after: quest.after },
      rewards: (given.get(decision.campaignId) ?? []).map((incentive) => ({
        reward: { ...showReward(incentive), couponCode: null },
        refusedBy: incentive.refusedBy ?? null,
      })),
    };
  });
};

/** A quest that the event would complete qualifies. */
const withQuest = (decision: CampaignDecision, quest: TriedQuest | undefined): CampaignDecision =>
  quest === undefined || quest.entitlements.length === 0
    ? decision
    : { ...decision, outcome: 'qualified' };
