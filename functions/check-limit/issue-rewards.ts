import { InvalidEvent } from '#shared/domain/errors.ts';
import { claimOf } from '#shared/domain/limits/claim-of.ts';
import type { LimitClaim } from '#shared/domain/limits/limit-claim.ts';
import { isAccepted, outcomesOf } from '#shared/runtime/accepted.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Delivery, Outcome } from '#shared/runtime/event-handler.ts';
import { unknownTenant } from '#shared/stores/postgres/active-tenant.ts';
import type { IncentiveStore } from '#shared/stores/postgres/incentive-store.ts';
import {
  type LimitReader,
  type RewardTerms,
  rewardKey,
} from '#shared/stores/postgres/limit-reader.ts';
import { type RewardRequest, termsKeyOf } from '#shared/stores/postgres/read-claims.ts';
import type { FastLimits } from './fast-limits.ts';
import { issueOutcome } from './outcome.ts';
import { type Qualified, toRequest } from './reward-request.ts';
import { type BalanceDependencies, writeBalances } from './write-balances.ts';

/** What issuing needs. */
export type IssueDependencies = BalanceDependencies &
  Readonly<{
    limits: Pick<LimitReader, 'terms'>;
    fast: FastLimits;
    incentives: Pick<IncentiveStore, 'issue'>;
    clock: Clock;
  }>;

/** Asks the caps of a batch of qualifications and issues what they allow; one that is wrong in itself fails alone. */
export const issueRewards = async (
  dependencies: IssueDependencies,
  deliveries: readonly Delivery<Qualified>[],
): Promise<readonly Outcome[]> => {
  const { limits, fast, incentives, clock } = dependencies;
  const now = clock();
  const requests = deliveries.map((delivery) => toRequest(delivery, now));
  const terms = await limits.terms(requests.filter(isAccepted).map(termsKeyOf));
  const claims = requests.map((request) =>
    isAccepted(request) ? toClaim(request, terms) : request,
  );
  const accepted = claims.filter(isAccepted);
  const byTenant = limitsByTenant(accepted);
  const likelyFull = await fast.likelyFull(byTenant);
  const issued = await incentives.issue(
    accepted.map(({ request }) => request),
    { now, likelyFull },
  );
  // After the commit and from what it returned, so that neither the counters nor the cache can lead Postgres.
  await Promise.all([fast.settle(issued.usages, byTenant), writeBalances(dependencies, issued)]);
  return outcomesOf(claims, issued.outcomes.map(issueOutcome));
};

type Claim = Readonly<{ request: RewardRequest; limit: LimitClaim }>;

/** What a request claims of the caps as they are now, or why it is refused for good. */
const toClaim = (
  request: RewardRequest,
  terms: ReadonlyMap<string, RewardTerms>,
): Claim | InvalidEvent => {
  const { tenantId, campaignId } = request.qualification;
  const found = terms.get(rewardKey(termsKeyOf(request)));
  if (found === undefined) {
    const detail = `There is no campaign ${campaignId} of a tenant ${tenantId}`;
    return new InvalidEvent('unknown-campaign', detail);
  }
  if (!found.isActive) return unknownTenant(tenantId);
  return { request, limit: claimOf(request.qualification, found) };
};

const limitsByTenant = (claims: readonly Claim[]): ReadonlyMap<string, readonly LimitClaim[]> =>
  new Map(
    [...Map.groupBy(claims, ({ request }) => request.qualification.tenantId)].map(
      ([tenantId, own]) => [tenantId, own.map(({ limit }) => limit)],
    ),
  );
