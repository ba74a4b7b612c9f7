import { assert } from '#shared/domain/assert.ts';
import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import { evaluationEngine } from '#shared/domain/campaigns/decided-by.ts';
import { matchEvent } from '#shared/domain/campaigns/match-event.ts';
import type { Entitlement, Qualification } from '#shared/domain/campaigns/qualification.ts';
import { derivedId, incentiveIdOf, lotIdOf, ruleKeyOf } from '#shared/eventing/domain-event.ts';
import { questQualification } from '#shared/eventing/quest-qualification.ts';
import { compileCampaigns } from '#shared/rules/compile-campaigns.ts';
import { campaignIndex } from '#shared/stores/postgres/campaigns/campaign-index.ts';
import { cohortMemberships } from '#shared/stores/postgres/cohorts/cohort-memberships.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { eventStore } from '#shared/stores/postgres/events/event-store.ts';
import { incentiveStore } from '#shared/stores/postgres/incentives/incentive-store.ts';
import { requestsNow } from './rewards.ts';

/** An event of acme; a test names only what it is about. */
export const liveEvent = (
  fields: Partial<ActionEvent> & Pick<ActionEvent, 'eventId'>,
): ActionEvent => ({
  tenantId: 'acme',
  userId: 'c-1',
  action: 'PURCHASE',
  occurredAt: new Date('2026-11-21T09:00:00Z'),
  payload: { amountMinor: 125_050, category: 'books' },
  cause: `test ${fields.eventId}`,
  ...fields,
});

/** Evaluates, records and rewards events as evaluate-campaign and check-limit do, without Kafka. */
export const liveEvents = (sql: Sql) => {
  const record = async (event: ActionEvent, now: Date): Promise<readonly Entitlement[]> => {
    const { tenantId, userId, occurredAt: at, action } = event;
    const index = await campaignIndex(sql).load(tenantId, action);
    assert(index, 'the tenant is there');
    const { schemas } = index;
    const { timeZone } = index.tenant;
    const campaigns = await compileCampaigns(index.campaigns, { action, schemas, timeZone });
    const questions = [{ tenantId, userId, at, cohorts: campaigns.cohorts }];
    const [cohorts = []] = await cohortMemberships(sql).among(questions);
    const context = { now, cohorts: new Set(cohorts), incentiveIdOf };
    const { decisions, entitlements, steps } = matchEvent(campaigns, event, context);
    const set = {
      ...{ tenantId, timeZone, engine: evaluationEngine },
      versions: index.campaigns,
      schemaVersion: schemas.get(action)?.version,
    };
    const decidedBy = { campaigns: set, decidedAt: now, cohorts: [...cohorts] };
    const quests = steps.flatMap((hit) => {
      const { type, rule } = hit.campaign.terms;
      return type === 'QUEST' ? [{ ...hit, ruleKey: ruleKeyOf(rule) }] : [];
    });
    const evaluated = { event, givenAt: at, decisions, entitlements, quests, decidedBy };
    const [recording] = await eventStore(sql).record([evaluated], {
      qualificationOf: ({ userId: who }, { campaign }, completion) =>
        questQualification(campaign, who, completion),
      eventsOf: () => [{ id: derivedId('qualified', tenantId, event.eventId), time: now }],
    });
    assert(recording?.kind === 'recorded', 'the event is new');
    return recording.recorded.entitlements;
  };

  /** Decides what users qualified for. */
  const reward = async (entitlements: readonly Entitlement[], now: Date): Promise<void> => {
    const toQualified = (qualification: Qualification) => {
      const { tenantId, userId: customerId, reward: given } = qualification;
      const { program, expiresAt } = given;
      const wallet = program === undefined ? undefined : { tenantId, customerId, program };
      const lotId = wallet && lotIdOf(wallet, expiresAt);
      return { qualification, cause: `test ${qualification.eventId}`, lotId };
    };
    const qualified = entitlements.map(({ choices }) => choices.map(toQualified));
    const { requests, terms } = await requestsNow(sql, qualified);
    await incentiveStore(sql).issue(requests, { now, likelyFull: new Set(), terms });
  };

  return {
    record,
    reward,
    /** Records an event and decides its incentives. */
    play: async (event: ActionEvent, now: Date) => reward(await record(event, now), now),
  };
};
