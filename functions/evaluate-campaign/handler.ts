import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import { matchEvent, type Tally } from '#shared/domain/campaigns/match-event.ts';
import type { Correlation } from '#shared/domain/correlation.ts';
import { InvalidEvent } from '#shared/domain/errors.ts';
import { causeOf, correlationOf } from '#shared/eventing/cloud-event.ts';
import { CampaignsHit } from '#shared/eventing/contracts/campaigns.ts';
import {
  type Action,
  ActionPerformed,
  ActionReversed,
} from '#shared/eventing/contracts/tenant-events.ts';
import { type DomainEvent, incentiveIdOf, ruleKeyOf } from '#shared/eventing/domain-event.ts';
import type { ReadyCampaigns } from '#shared/rules/campaign-cache.ts';
import { actionEventOf, refuseEvent } from '#shared/rules/refuse-event.ts';
import {
  type Delivery,
  type EventHandler,
  instantOf,
  isAccepted,
  type Outcome,
  on,
  onBatch,
  outcomesOf,
} from '#shared/runtime/events/event-handler.ts';
import type { CampaignIndex } from '#shared/stores/postgres/campaigns/campaign-index.ts';
import type { CohortMemberships } from '#shared/stores/postgres/cohorts/cohort-memberships.ts';
import type { EventToRecord } from '#shared/stores/postgres/events/event-store.ts';
import type { QuestKey } from '#shared/stores/postgres/events/quest-rows.ts';
import type { EvaluatedHit } from '#shared/stores/postgres/events/record-events.ts';
import type { Outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { unknownTenant } from '#shared/stores/postgres/tenants/active-tenant.ts';
import { consequences, toOutcome, withHitEvents } from './outcome.ts';
import { applyReversal, type ReverseDependencies, reverseAction } from './reverse-action.ts';

type Dependencies = EvaluateDependencies & Readonly<{ outbox: Outbox; batchItemsMax: number }>;

/**
 * Evaluates each action once, against the campaigns that are active when it first arrives, and
 * publishes who qualifies; reverses what a reversed action earned. Decisions are final, however
 * often, late, early or concurrently the events are delivered.
 */
export const evaluateCampaign = (dependencies: Dependencies): readonly EventHandler[] => {
  const { batchItemsMax, outbox } = dependencies;
  // A redelivered action publishes its hits again; all other events wait in the outbox until
  // published.
  const published = (domainEvents: readonly DomainEvent[]) =>
    outbox.remove(domainEvents.filter(({ type }) => type !== CampaignsHit.type));
  const unpublished = outbox.keep;
  return [
    onBatch(ActionPerformed, { itemsMax: batchItemsMax, published, unpublished }, (actions) =>
      evaluateActions(dependencies, actions),
    ),
    on(ActionReversed, (reversed) => reverseAction(dependencies, reversed), {
      published,
      unpublished,
    }),
  ];
};

/** What evaluating actions needs. */
type EvaluateDependencies = ReverseDependencies & Readonly<{ memberships: CohortMemberships }>;

/** Evaluates a batch of actions; one that is refused fails alone. */
const evaluateActions = async (
  dependencies: EvaluateDependencies,
  actions: readonly Delivery<Action>[],
): Promise<readonly Outcome[]> => {
  const { memberships, events, clock, questCache } = dependencies;
  const now = clock();
  const campaignsOf = await loadCampaigns(dependencies, actions);
  const results = actions.map((action) =>
    acceptAction(action, campaignsOf.get(keyOf(action)), now),
  );
  const accepted = results.filter(isAccepted);
  const usesCohorts = accepted.some(({ campaigns }) => campaigns.cohorts.size > 0);
  const cohorts = usesCohorts ? await memberships.among(accepted.map(toQuestion)) : [];
  const evaluated = accepted.map((action, index) =>
    evaluateAction(action, { now, cohorts: cohorts[index] ?? new Set() }),
  );
  const outcomes: Outcome[] = [];
  const recordings = await events.record(
    evaluated.map((each) => each.evaluated),
    consequences,
  );
  const quests = evaluated.flatMap(questsOf);
  if (quests.length > 0) await questCache.forget(quests);
  for (const [index, recording] of recordings.entries()) {
    const reversal = 'awaitsReversal' in recording ? recording.awaitsReversal : undefined;
    const lost = reversal === undefined ? [] : await applyReversal(dependencies, reversal);
    outcomes.push(toOutcome(recording, { tally: evaluated[index]?.tally, further: lost }));
  }
  return outcomesOf(results, withHitEvents(outcomes, recordings));
};

/** Each tenant and action is looked up once. */
const loadCampaigns = async (
  { campaigns }: Pick<EvaluateDependencies, 'campaigns'>,
  actions: readonly Delivery<Action>[],
): Promise<ReadonlyMap<string, TenantCampaigns | undefined>> => {
  const once = new Map(actions.map((action) => [keyOf(action), action.data]));
  return new Map(
    await Promise.all(
      [...once].map(
        async ([key, { tenantId, action }]) => [key, await campaigns.of(tenantId, action)] as const,
      ),
    ),
  );
};

const keyOf = ({ data: { tenantId, action } }: Delivery<Action>): string => `${tenantId} ${action}`;

const toQuestion = ({
  event: { tenantId, userId, occurredAt: at },
  campaigns,
}: AcceptedAction) => ({
  tenantId,
  userId,
  at,
  cohorts: campaigns.cohorts,
});

type Context = Readonly<{ now: Date; cohorts: ReadonlySet<string> }>;

/** An evaluated action, and the number of decisions that are not recorded with it. */
type EvaluatedAction = Readonly<{ evaluated: EventToRecord; tally: Tally }>;

/**
 * Evaluates an action by itself. The completions of a quest are known once its steps are counted.
 */
const evaluateAction = (
  { event, givenAt, correlation, campaigns, set }: AcceptedAction,
  context: Context,
): EvaluatedAction => {
  const { decisions, entitlements, steps, tally } = matchEvent(campaigns, event, {
    ...context,
    incentiveIdOf,
  });
  const quests = steps.flatMap((hit): readonly EvaluatedHit[] => {
    const { type, rule } = hit.campaign.terms;
    return type === 'QUEST' ? [{ ...hit, ruleKey: ruleKeyOf(rule) }] : [];
  });
  const cohorts = [...context.cohorts].sort();
  const decidedBy =
    set.versions.length === 0 ? undefined : { campaigns: set, decidedAt: context.now, cohorts };
  return {
    evaluated: { event, givenAt, correlation, decisions, entitlements, quests, decidedBy },
    tally,
  };
};

/** The quests that an action advances, or advanced when it came first. */
const questsOf = ({ evaluated: { event, quests } }: EvaluatedAction): readonly QuestKey[] =>
  quests.map(({ campaign: { campaignId }, ruleKey }) => {
    const { tenantId, userId } = event;
    return { tenantId, campaignId, userId, ruleKey };
  });

/** The campaigns in memory of a tenant, for one action. */
type TenantCampaigns = ReadyCampaigns<CampaignIndex['tenant']>;

/** An action of an active tenant, with the campaigns that use it. */
type AcceptedAction = Readonly<{
  event: ActionEvent;
  /** When it happened according to its producer, if given. */
  givenAt: Date | undefined;
  correlation: Correlation;
  campaigns: TenantCampaigns['campaigns'];
  set: TenantCampaigns['set'];
}>;

/** An action with the campaigns that use it, or why it is refused permanently. */
const acceptAction = (
  delivery: Delivery<Action>,
  tenant: TenantCampaigns | undefined,
  now: Date,
): AcceptedAction | InvalidEvent => {
  const { occurredAt: givenAt, tenantId } = delivery.data;
  if (tenant?.tenant.status !== 'ACTIVE') return unknownTenant(tenantId);
  const occurredAt = instantOf(givenAt, delivery, now);
  if (occurredAt instanceof InvalidEvent) return occurredAt;
  const { schema, campaigns, set } = tenant;
  const schemaVersion = delivery.data.schemaVersion ?? schema?.version;
  const given = { ...delivery.data, schemaVersion };
  const event = actionEventOf(given, { occurredAt, cause: causeOf(delivery.event) });
  const refusal = refuseEvent(event, schema);
  if (refusal !== undefined) return new InvalidEvent(refusal.code, refusal.detail);
  return { event, givenAt, correlation: correlationOf(delivery.event), campaigns, set };
};
