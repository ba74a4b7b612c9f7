import type { z } from 'zod';
import { assert } from '#shared/domain/assert.ts';
import type { CampaignTerms } from '#shared/domain/campaigns/campaign.ts';
import { afterCaps } from '#shared/domain/campaigns/decision.ts';
import { explainDecision } from '#shared/domain/campaigns/explain-decision.ts';
import type { Incentive } from '#shared/domain/incentives/incentive.ts';
import { type SilentCampaign, versionName } from '#shared/stores/postgres/campaign-history.ts';
import type { StoredEvent } from '#shared/stores/postgres/event-rows.ts';
import { showExplanation } from '../evaluate/explanation-answer.ts';
import { showIncentive } from '../incentives/incentive-answer.ts';
import type { explainedEvent } from './explained-event.ts';

/** What is known of an event beside what its row says. */
type Known = Readonly<{
  /** By `versionName`. */
  terms: ReadonlyMap<string, CampaignTerms>;
  silent: readonly SilentCampaign[];
  incentives: readonly Incentive[];
}>;

/** Tells an event with the versions that judged it. Pure. */
export const showExplained = (
  stored: StoredEvent,
  { terms, silent, incentives }: Known,
): z.output<typeof explainedEvent> => {
  const { event, receivedAt, reversedAt } = stored;
  const { eventId, userId, action, occurredAt, payload, schemaVersion } = event;
  const decisions = stored.decisions.map((decision) => {
    const version = terms.get(versionName(decision));
    assert(version, `the version that decided stands: ${versionName(decision)}`);
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
    return 'The event had been taken back before it came';
  return createdAt > receivedAt
    ? `The campaign was made at ${createdAt.toISOString()}, after the event came`
    : 'The campaign was not active when the event came, or did not ask for its action';
};
