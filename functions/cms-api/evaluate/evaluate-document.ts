import { z } from 'zod';
import { identifier } from '#shared/eventing/contracts/fields.ts';
import { campaignStatuses } from '../campaigns/campaign-answer.ts';
import { actionCode, listOf, shownInstant, slug, someInstant, strict } from '../fields.ts';
import { refusalAnswer, rewardAnswer } from '../incentives/incentive-answer.ts';
import { explanationFields } from './explanation-answer.ts';

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

/** The body that asks what campaigns would make of an event. */
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

/** An event that somebody asks about. */
export type AskedEvent = z.output<typeof event>;

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

/** What campaigns would make of an event. */
export const evaluationAnswer = z
  .object({
    occurredAt: shownInstant,
    cohorts: z.array(z.string()).describe("The campaigns' cohorts that the user belongs to"),
    decisions: z.array(dryDecision).describe('One for each campaign with this action'),
  })
  .meta({ id: 'EvaluationOutcome' });
