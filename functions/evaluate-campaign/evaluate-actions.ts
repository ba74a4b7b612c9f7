import type { Action } from '#shared/eventing/contracts/action-performed.ts';
import type { Delivery, Outcome } from '#shared/runtime/events/event-handler.ts';
import { isAccepted, outcomesOf } from '#shared/runtime/http/accepted.ts';
import type { CohortMemberships } from '#shared/stores/postgres/tenants/cohort-memberships.ts';
import { type ActionClaim, claimOf, type TenantCampaigns } from './action-claim.ts';
import { consequences } from './consequences.ts';
import { judgeAction } from './judge-action.ts';
import { toOutcome } from './outcome.ts';
import { applyReversal, type ReverseDependencies } from './reverse-action.ts';

/** What judging actions needs. */
export type EvaluateDependencies = ReverseDependencies &
  Readonly<{ memberships: CohortMemberships }>;

/** Judges a batch of actions; one that is refused fails alone. */
export const evaluateActions = async (
  dependencies: EvaluateDependencies,
  actions: readonly Delivery<Action>[],
): Promise<readonly Outcome[]> => {
  const { memberships, events, clock } = dependencies;
  const now = clock();
  const campaignsOf = await loadCampaigns(dependencies, actions);
  const claims = actions.map((action) => claimOf(action, campaignsOf.get(keyOf(action)), now));
  const accepted = claims.filter(isAccepted);
  const cohorts = await memberships.among(cohortsAskedBy(accepted), accepted.map(toQuestion));
  const judged = accepted.map((claim, index) =>
    judgeAction(claim, { now, cohorts: cohorts[index] ?? new Set() }),
  );
  const outcomes: Outcome[] = [];
  const recordings = await events.record(
    judged.map((each) => each.judged),
    consequences,
  );
  for (const [index, recording] of recordings.entries()) {
    const reversal = 'awaitsReversal' in recording ? recording.awaitsReversal : undefined;
    const lost = reversal === undefined ? [] : await applyReversal(events, reversal);
    outcomes.push(toOutcome(recording, { tally: judged[index]?.tally, further: lost }));
  }
  return outcomesOf(claims, outcomes);
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

const cohortsAskedBy = (claims: readonly ActionClaim[]): ReadonlySet<string> =>
  new Set(claims.flatMap(({ campaigns }) => [...campaigns.cohorts]));

const toQuestion = ({ event: { tenantId, userId, occurredAt: at } }: ActionClaim) => ({
  tenantId,
  userId,
  at,
});
