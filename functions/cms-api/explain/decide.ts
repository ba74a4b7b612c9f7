import { assert } from '#shared/domain/assert.ts';
import { completeDecisions } from '#shared/domain/campaigns/complete-decisions.ts';
import { evaluationEngine } from '#shared/domain/campaigns/decided-by.ts';
import type { CampaignDecision } from '#shared/domain/campaigns/decision.ts';
import { evaluateEvent } from '#shared/domain/campaigns/evaluate-event.ts';
import { incentiveIdOf } from '#shared/eventing/domain-event.ts';
import { compileCampaigns } from '#shared/rules/compile-campaigns.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { versionName } from '#shared/stores/postgres/campaigns/campaign-history.ts';
import type { StoredEvent } from '#shared/stores/postgres/events/event-rows.ts';
import type { Dependencies } from '../dependencies.ts';

type Stores = Pick<Dependencies, 'actions' | 'campaignHistory' | 'findCampaignSet'>;

/**
 * Every decision of a stored event, clause by clause: those that were not recorded come from
 * evaluating it again, by the versions of campaigns, the schema, the cohorts and the time that it
 * was evaluated by.
 * @throws HttpProblem when another version of this code evaluated it.
 */
export const evaluateAgain = async (
  { actions, campaignHistory, findCampaignSet }: Stores,
  { event, decisions, decidedBy }: StoredEvent,
): Promise<readonly CampaignDecision[]> => {
  if (decidedBy === undefined) return decisions;
  const { tenantId, action } = event;
  const set = await findCampaignSet(tenantId, decidedBy.campaigns);
  if (set === undefined) {
    const detail = `The campaigns that event ${event.eventId} was evaluated against are no longer stored`;
    throw new HttpProblem(410, 'campaign-set-deleted', detail);
  }
  if (set.engine !== evaluationEngine) {
    const detail = `Event ${event.eventId} was evaluated by engine ${set.engine}; this server runs engine ${evaluationEngine}`;
    throw new HttpProblem(409, 'other-engine', detail);
  }
  const terms = await campaignHistory.terms(tenantId, set.versions);
  const schema =
    set.schemaVersion === undefined
      ? undefined
      : await actions.find({ tenantId, action }, set.schemaVersion);
  const versions = set.versions.map((version) => {
    const own = terms.get(versionName(version));
    assert(own, `campaign version ${versionName(version)} is stored`);
    return { ...version, tenantId, status: 'ACTIVE', terms: own } as const;
  });
  const { campaigns } = await compileCampaigns(versions, {
    action,
    schemas: new Map(schema && [[action, schema]]),
    timeZone: set.timeZone,
  });
  const context = { now: decidedBy.decidedAt, cohorts: new Set(decidedBy.cohorts), incentiveIdOf };
  return completeDecisions(decisions, evaluateEvent(campaigns, event, context).decisions);
};
