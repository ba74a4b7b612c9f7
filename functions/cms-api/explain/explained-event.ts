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
    incentiveIds: z.array(z.uuid()).describe('What the user qualified for by it'),
  })
  .meta({ id: 'DecisionExplanation' });

/** What became of an event. */
export const explainedEvent = z
  .object({
    event,
    receivedAt: shownInstant.describe('When it was judged, once and for all'),
    reversedAt: shownInstant.nullable().describe('When it was taken back'),
    decisions: z
      .array(explanation)
      .describe('One for each campaign that asked for the action and was active then'),
    others: z
      .array(z.object({ campaignId: z.uuid(), campaign: z.string(), sentence: z.string() }))
      .describe('Campaigns that ask for the action today and decided nothing, with why'),
    incentives: z
      .array(incentiveAnswer)
      .describe('What came of it, with the cap that said no where one did'),
    underWay: z
      .array(z.uuid())
      .describe('Of what the user qualified for, what no cap has been asked about yet'),
  })
  .meta({ id: 'ExplainedEvent' });
