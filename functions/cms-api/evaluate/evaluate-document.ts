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
    .describe('When the user did it; now when left out. Of the future, it is judged as of then'),
  payload: z
    .record(z.string(), z.unknown(), { error: 'must be an object' })
    .default({})
    .describe('By the newest schema of the action'),
});

const campaignsMax = 50;

/** The body that asks what campaigns would make of an event. */
export const evaluation = strict({
  event,
  cohorts: listOf(slug, { atMost: 100 })
    .optional()
    .describe('The cohorts that the user is in; those that are known when left out'),
  campaignIds: listOf(z.uuid({ error: 'must be a UUID' }), { atLeast: 1, atMost: campaignsMax })
    .optional()
    .describe('Only by these, whatever their status; by all that are active when left out'),
  includeDrafts: z
    .boolean({ error: 'must be true or false' })
    .default(false)
    .describe(
      'By the newest 50 drafts that ask for the action as well; for nothing where campaigns are named',
    ),
}).meta({ id: 'Evaluation' });

/** An event that somebody asks about. */
export type AskedEvent = z.output<typeof event>;

const dryReward = z.object({
  reward: rewardAnswer.describe('A coupon has no code before it is given'),
  refusedBy: refusalAnswer.nullable().describe('Null where it would be given'),
});

const dryDecision = z
  .object({
    ...explanationFields,
    status: z.enum(campaignStatuses).describe('Of the campaign'),
    completions: z
      .object({ before: z.int(), after: z.int() })
      .nullable()
      .describe('How often the user has done the quest; null where the event met no step of one'),
    rewards: z.array(dryReward).describe('What the user would qualify for, by the caps of now'),
  })
  .meta({ id: 'DryDecision' });

/** What campaigns would make of an event. */
export const evaluationAnswer = z
  .object({
    occurredAt: shownInstant,
    cohorts: z.array(z.string()).describe('Those of the campaigns that the user is in'),
    decisions: z.array(dryDecision).describe('One for each campaign that asks for the action'),
  })
  .meta({ id: 'EvaluationOutcome' });
