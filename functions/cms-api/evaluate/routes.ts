import { z } from 'zod';
import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import type { Campaign } from '#shared/domain/campaigns/campaign.ts';
import { byTurn, type QuestHit } from '#shared/domain/campaigns/decide-event.ts';
import { evaluateEvent } from '#shared/domain/campaigns/evaluate-event.ts';
import { incentiveIdOf, ruleKeyOf } from '#shared/eventing/domain-event.ts';
import { compileCampaigns } from '#shared/rules/compile-campaigns.ts';
import { refuseEvent } from '#shared/rules/refuse-event.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { CampaignIndex } from '#shared/stores/postgres/campaigns/campaign-index.ts';
import { questKey } from '#shared/stores/postgres/events/quest-rows.ts';
import type { Dependencies } from '../dependencies.ts';
import { tenantPath } from '../parameters.ts';
import { campaignNotFound, noTenant } from '../refusals.ts';
import { tryCaps, tryQuest } from './decide.ts';
import {
  evaluation,
  evaluationAnswer,
  type HypotheticalEvent,
  showEvaluation,
} from './document.ts';

type CandidateStores = Pick<Dependencies, 'campaigns' | 'campaignIndexes' | 'clock'>;

type Wanted = Readonly<{
  tenantId: string;
  action: string;
  campaignIds?: readonly string[] | undefined;
  includeDrafts: boolean;
}>;

/** How many drafts are tried at once. */
const draftsMax = 50;

/**
 * The campaigns that an event is tried on, as they are now and not as caches have them: people try
 * what they have just saved.
 * @throws HttpProblem when there is no active tenant, or no campaign of a name.
 */
const loadCandidates = async (stores: CandidateStores, wanted: Wanted): Promise<CampaignIndex> => {
  const { tenantId, action, campaignIds, includeDrafts } = wanted;
  const index = await stores.campaignIndexes.load(tenantId, action);
  if (index?.tenant.status !== 'ACTIVE') throw noTenant(tenantId);
  if (campaignIds !== undefined) {
    const campaigns = await findAll(stores, tenantId, campaignIds);
    return { ...index, campaigns };
  }
  const drafts = includeDrafts ? await draftsOf(stores, tenantId, action) : [];
  return { ...index, campaigns: [...index.campaigns, ...drafts] };
};

const draftsOf = (
  { campaigns, clock }: CandidateStores,
  tenantId: string,
  action: string,
): Promise<readonly Campaign[]> =>
  campaigns.page(tenantId, {
    filter: { status: 'DRAFT', action, archived: false, now: clock() },
    page: { limit: draftsMax },
  });

const findAll = (
  { campaigns }: CandidateStores,
  tenantId: string,
  campaignIds: readonly string[],
): Promise<readonly Campaign[]> =>
  Promise.all(
    [...new Set(campaignIds)].map(async (campaignId) => {
      const campaign = await campaigns.find({ tenantId, campaignId });
      if (campaign === undefined) throw campaignNotFound({ campaignId });
      return campaign;
    }),
  );

type Stores = Pick<
  Dependencies,
  | 'campaigns'
  | 'campaignIndexes'
  | 'memberships'
  | 'quests'
  | 'rewardLimits'
  | 'couponPools'
  | 'clock'
>;

/**
 * POST …/evaluate: evaluates an event with the code that evaluates events and issues rewards. It
 * writes nothing.
 */
export const evaluate = (stores: Stores) =>
  defineRoute({
    method: 'POST',
    path: '/api/v1/tenants/{tenantId}/evaluate',
    id: 'evaluateEvent',
    summary: 'Evaluate an event against campaigns (dry run)',
    scope: 'cms:read',
    params: tenantPath,
    query: z.object({}),
    body: evaluation,
    response: evaluationAnswer,
    problems: {
      400: "The request is invalid, or its payload does not match the action's schema; detail names the field",
      404: 'The tenant or campaign does not exist',
    },
    handle: async ({ params: { tenantId }, body: { event: asked, cohorts, ...wanted } }) => {
      const { action } = asked;
      const index = await loadCandidates(stores, { tenantId, action, ...wanted });
      const now = stores.clock();
      const event = toEvent(tenantId, asked, now);
      // A future event is evaluated as of its time, so that campaigns of next month can be tried.
      const asOf = event.occurredAt > now ? event.occurredAt : now;
      requireFit(event, index);
      const context = { now: asOf, cohorts: await loadCohorts(stores, event, { index, cohorts }) };
      const { schemas, tenant } = index;
      const { timeZone } = tenant;
      const { campaigns } = await compileCampaigns(index.campaigns, { action, schemas, timeZone });
      const decided = evaluateEvent(campaigns, event, { ...context, incentiveIdOf });
      const quests = await tryQuests(stores, event, decided.steps);
      const entitlements = [
        ...decided.entitlements,
        ...quests.flatMap((quest) => quest.entitlements),
      ];
      const incentives = await tryCaps(stores, tenantId, byTurn(entitlements));
      return {
        occurredAt: event.occurredAt.toISOString(),
        cohorts: [...context.cohorts],
        decisions: showEvaluation(index.campaigns, { decided, quests, incentives }),
      };
    },
  });

/** After all events of the same instant, so that everything the user did counts. */
const eventId = '~';

const toEvent = (
  tenantId: string,
  { action, userId, occurredAt, payload }: HypotheticalEvent,
  now: Date,
): ActionEvent => ({
  ...{ tenantId, eventId, userId, action, payload },
  occurredAt: occurredAt ?? now,
  cause: '',
});

/** @throws HttpProblem when no campaign would ever evaluate the event. */
const requireFit = (event: ActionEvent, { schemas }: CampaignIndex): void => {
  const refusal = refuseEvent(event, schemas.get(event.action));
  if (refusal !== undefined) throw new HttpProblem(400, refusal.code, `event: ${refusal.detail}`);
};

type Membership = Readonly<{ index: CampaignIndex; cohorts: readonly string[] | undefined }>;

const loadCohorts = async (
  { memberships }: Stores,
  { tenantId, userId, occurredAt: at }: ActionEvent,
  { index, cohorts }: Membership,
): Promise<ReadonlySet<string>> => {
  if (cohorts !== undefined) return new Set(cohorts);
  const asked = new Set(index.campaigns.flatMap(({ terms }) => terms.cohort ?? []));
  const [known] = await memberships.among([{ tenantId, userId, at, cohorts: asked }]);
  return known ?? new Set();
};

const tryQuests = async ({ quests }: Stores, event: ActionEvent, hits: readonly QuestHit[]) => {
  const { tenantId, userId, occurredAt: at } = event;
  const keyed = hits.flatMap((hit) => {
    const { campaignId, terms } = hit.campaign;
    if (terms.type !== 'QUEST') return [];
    return [{ hit, key: { tenantId, campaignId, userId, ruleKey: ruleKeyOf(terms.rule) } }];
  });
  const keys = keyed.map(({ key }) => key);
  const histories = await quests.histories(keys, { at, eventId });
  return keyed.map(({ hit, key }) => tryQuest(hit, event, histories.get(questKey(key))));
};
