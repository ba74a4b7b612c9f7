import { z } from 'zod';
import { assert } from '#shared/domain/assert.ts';
import type { CampaignTerms } from '#shared/domain/campaigns/campaign.ts';
import { afterCaps } from '#shared/domain/campaigns/decision.ts';
import { explainDecision } from '#shared/domain/campaigns/explain-decision.ts';
import type { Incentive } from '#shared/domain/incentives/incentive.ts';
import { shownInstant } from '#shared/runtime/http/body/body-fields.ts';
import {
  type SilentCampaign,
  versionName,
} from '#shared/stores/postgres/campaigns/campaign-history.ts';
import type { StoredEvent } from '#shared/stores/postgres/events/event-rows.ts';
import { explanationFields, showExplanation } from '../evaluate/document.ts';
import { incentiveAnswer, showIncentive } from '../incentives/document.ts';

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

/** The outcome of an event. */
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

/** What is known about an event besides its row. */
type Known = Readonly<{
  /** By `versionName`. */
  terms: ReadonlyMap<string, CampaignTerms>;
  silent: readonly SilentCampaign[];
  incentives: readonly Incentive[];
}>;

/** Shows an event with the versions that evaluated it. Pure. */
export const showExplained = (
  stored: StoredEvent,
  { terms, silent, incentives }: Known,
): z.output<typeof explainedEvent> => {
  const { event, receivedAt, reversedAt } = stored;
  const { eventId, userId, action, occurredAt, payload, schemaVersion } = event;
  const decisions = stored.decisions.map((decision) => {
    const version = terms.get(versionName(decision));
    assert(version, `the version that decided is recorded: ${versionName(decision)}`);
    const explanation = explainDecision(version, afterCaps(decision, incentives));
    return { ...showExplanation(explanation), incentiveIds: [...explanation.incentiveIds] };
  });
  const known = new Set(incentives.map(({ incentiveId }) => incentiveId));
  return {
    event: {
      ...{ eventId, userId, action, payload },
      occurredAt: occurredAt.toISOString(),
      schemaVersion: schemaVersion ?? null,
    },
    receivedAt: receivedAt.toISOString(),
    reversedAt: reversedAt?.toISOString() ?? null,
    decisions,
    others: silent.map(({ campaignId, name, createdAt }) => ({
      campaignId,
      campaign: name,
      sentence: whySilent(stored, createdAt),
    })),
    incentives: incentives.map(showIncentive),
    underWay: decisions.flatMap(({ incentiveIds }) => incentiveIds).filter((id) => !known.has(id)),
  };
};

const whySilent = ({ receivedAt, reversedAt }: StoredEvent, createdAt: Date): string => {
  if (reversedAt !== undefined && reversedAt <= receivedAt)
    return 'The event was reversed before it arrived';
  return createdAt > receivedAt
    ? `The campaign was created at ${createdAt.toISOString()}, after the event arrived`
    : 'The campaign was not active when the event arrived, or did not use its action';
};
