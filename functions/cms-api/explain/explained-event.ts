import { z } from 'zod';
import { explanationFields } from '../evaluate/explanation-answer.ts';
import { shownInstant } from '../fields.ts';
import { incentiveAnswer } from '../incentives/incentive-answer.ts';

const event = z.object({
  eventId: z.string(),
  userId: z.string(),
  action: z.string(),
  occurredAt: shownInstant,
  payload: z.record(z.string(), z.unknown()),
  schemaVersion: z.int().nullable(),
});

const explanation = z
  .object({
    ...explanationFields,
    incentiveIds: z.array(z.uuid()).describe('What the user qualified for'),
  })
  .meta({ id: 'DecisionExplanation' });

/** What became of an event. */
export const explainedEvent = z
  .object({
    event,
    receivedAt: shownInstant.describe('When it was evaluated'),
    reversedAt: shownInstant.nullable().describe('When it was reversed'),
    decisions: z
      .array(explanation)
      .describe('One for each campaign with this action that was active then'),
    others: z
      .array(z.object({ campaignId: z.uuid(), campaign: z.string(), sentence: z.string() }))
      .describe(
        'Campaigns with this action today that did not evaluate the event, with the reason',
      ),
    incentives: z
      .array(incentiveAnswer)
      .describe('The incentives, with the cap that was reached if one was refused'),
    underWay: z.array(z.uuid()).describe('Qualifications that check-limit has not decided yet'),
  })
  .meta({ id: 'ExplainedEvent' });
