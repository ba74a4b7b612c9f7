import { InvalidEvent } from '#shared/domain/errors.ts';
import {
  isCapped,
  type RewardChoices,
  type RewardRequest,
} from '#shared/domain/incentives/decide-incentives.ts';
import type { LimitRequest } from '#shared/domain/limits/limit-request.ts';
import { CampaignQualified } from '#shared/eventing/contracts/campaigns.ts';
import { IncentiveReversalRequested } from '#shared/eventing/contracts/incentives.ts';
import { incentiveOutbox } from '#shared/eventing/incentive-event.ts';
import {
  type Delivery,
  type EventHandler,
  isAccepted,
  type Outcome,
  onBatch,
  outcomesOf,
} from '#shared/runtime/events/event-handler.ts';
import type { Clock } from '#shared/runtime/host.ts';
import type { IncentiveLog } from '#shared/stores/postgres/incentives/incentive-log.ts';
import type { IncentiveStore } from '#shared/stores/postgres/incentives/incentive-store.ts';
import type { Issuing } from '#shared/stores/postgres/incentives/issue-incentives.ts';
import {
  type QualifiedChoices,
  type QualifiedReward,
  rewardRequestOf,
  type TermsByKey,
  termsKeyOf,
} from '#shared/stores/postgres/incentives/reward-requests.ts';
import { type KnownTerms, rewardKey } from '#shared/stores/postgres/limits/limit-reader.ts';
import { TermsChanged } from '#shared/stores/postgres/limits/terms-changed.ts';
import { unknownTenant } from '#shared/stores/postgres/tenants/active-tenant.ts';
import type { LimitHints } from './limit-hints.ts';
import { issueOutcome } from './outcome.ts';
import { type Qualified, qualifiedRewardsOf } from './qualified-reward.ts';
import { type ReversalDependencies, reverseIncentives } from './reverse-incentives.ts';
import { type BalanceDependencies, writeBalances } from './write-balances.ts';

type Dependencies = IssueDependencies &
  ReversalDependencies &
  Readonly<{ log: Pick<IncentiveLog, 'markPublished' | 'keep'>; batchItemsMax: number }>;

/**
 * Issues the incentive of each qualification, or refuses it with the cap that was reached, exactly
 * once and never beyond a cap; and reverses incentives. This holds however often, late, early or
 * concurrently it is delivered, and whatever happens to Redis.
 */
export const checkLimit = (dependencies: Dependencies): readonly EventHandler[] => {
  const { batchItemsMax: itemsMax, log } = dependencies;
  const { remove: published, keep: unpublished } = incentiveOutbox(log);
  const options = { itemsMax, published, unpublished };
  return [
    onBatch(CampaignQualified, options, (qualified, committed) =>
      issueRewards({ ...dependencies, committed }, qualified),
    ),
    onBatch(IncentiveReversalRequested, options, (requested) =>
      reverseIncentives(dependencies, requested),
    ),
  ];
};

/** What issuing needs. */
type IssueDependencies = BalanceDependencies &
  Readonly<{
    terms: KnownTerms;
    hints: LimitHints;
    incentives: Pick<IncentiveStore, 'issue'>;
    clock: Clock;
    /** Called after the commit. */
    committed?: (() => void) | undefined;
  }>;

/** How often terms may change under one batch before it is left to a redelivery. */
const triesMax = 5;

/**
 * Checks the caps of a batch of qualifications and issues what they allow; an invalid one fails
 * alone.
 */
const issueRewards = async (
  dependencies: IssueDependencies,
  deliveries: readonly Delivery<Qualified>[],
  triesLeft = triesMax,
): Promise<readonly Outcome[]> => {
  const { terms, clock } = dependencies;
  const now = clock();
  const qualified = deliveries.map((delivery) => qualifiedRewardsOf(delivery, now));
  const keys = qualified.filter(isAccepted).flat(2).map(termsKeyOf);
  const known = await terms.find(keys);
  const requests = qualified.map((own) => (isAccepted(own) ? toRequests(own, known) : own));
  try {
    const issued = await issue(dependencies, requests.filter(isAccepted), { now, terms: known });
    return outcomesOf(requests, issued);
  } catch (error) {
    if (!(error instanceof TermsChanged) || triesLeft === 0) throw error;
    terms.forget(keys);
    return issueRewards(dependencies, deliveries, triesLeft - 1);
  }
};

const issue = async (
  dependencies: IssueDependencies,
  deliveries: readonly Requests[],
  known: Omit<Issuing, 'likelyFull'>,
): Promise<readonly Outcome[]> => {
  const { hints, incentives, committed } = dependencies;
  const requests = deliveries.flat();
  const capped = cappedByTenant(requests.flat());
  const hasCaps = capped.size > 0;
  const paysWallets = requests.flat().some(({ lotId }) => lotId !== undefined);
  const likelyFull = hasCaps ? await hints.likelyFull(capped) : new Set<string>();
  const issued = await incentives.issue(requests, { ...known, likelyFull });
  committed?.();
  // After the commit and from what it returned, so that neither the counters nor the cache can lead
  // Postgres.
  await Promise.all([
    hasCaps && hints.update(issued.usages, capped, likelyFull),
    paysWallets && writeBalances(dependencies, { ...issued, outcomes: issued.outcomes.flat() }),
  ]);
  let next = 0;
  return deliveries.map(({ length }) =>
    issueOutcome(issued.outcomes.slice(next, (next += length)).flat()),
  );
};

/** What a delivery requests, in the order in which it is decided. */
type Requests = readonly RewardChoices[];

/** What qualified rewards request on the terms as they are now, or why they never can. */
const toRequests = (
  qualified: readonly QualifiedChoices[],
  terms: TermsByKey,
): Requests | InvalidEvent => {
  const requests = qualified.map((choices) =>
    choices.map((reward) => requestOrRefusal(reward, terms)),
  );
  const refused = requests.flat().find((request) => request instanceof InvalidEvent);
  return refused ?? requests.map((choices) => choices.filter(isAccepted));
};

const requestOrRefusal = (
  reward: QualifiedReward,
  terms: TermsByKey,
): RewardRequest | InvalidEvent => {
  const { tenantId, campaignId } = reward.qualification;
  const found = terms.get(rewardKey(termsKeyOf(reward)));
  if (found === undefined) {
    const detail = `Campaign ${campaignId} does not exist in tenant ${tenantId}`;
    return new InvalidEvent('unknown-campaign', detail);
  }
  return found.isActive ? rewardRequestOf(reward, found) : unknownTenant(tenantId);
};

const cappedByTenant = (
  requests: readonly RewardRequest[],
): ReadonlyMap<string, readonly LimitRequest[]> =>
  new Map(
    Array.from(
      Map.groupBy(requests.filter(isCapped), ({ qualification }) => qualification.tenantId),
      ([tenantId, own]) => [tenantId, own.map(({ limit }) => limit)],
    ),
  );
