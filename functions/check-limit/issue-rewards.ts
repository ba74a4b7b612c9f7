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
import { type RequestChoices, termsKeyOf } from '#shared/stores/postgres/read-claims.ts';
import type { LimitHints } from './limit-hints.ts';
import { issueOutcome } from './outcome.ts';
import { type Qualified, toRequests } from './reward-request.ts';
import { type BalanceDependencies, writeBalances } from './write-balances.ts';

/** What issuing needs. */
export type IssueDependencies = BalanceDependencies &
  Readonly<{
    limits: Pick<LimitReader, 'terms'>;
    hints: LimitHints;
    incentives: Pick<IncentiveStore, 'issue'>;
    clock: Clock;
  }>;

/** Asks the caps of a batch of qualifications and issues what they allow; one that is wrong in itself fails alone. */
export const issueRewards = async (
  dependencies: IssueDependencies,
  deliveries: readonly Delivery<Qualified>[],
): Promise<readonly Outcome[]> => {
  const { limits, hints, incentives, clock } = dependencies;
  const now = clock();
  const requests = deliveries.map((delivery) => toRequests(delivery, now));
  const terms = await limits.terms(requests.filter(isAccepted).flat(2).map(termsKeyOf));
  const claims = requests.map((own) => (isAccepted(own) ? toClaims(own, terms) : own));
  const accepted = claims.filter(isAccepted);
  const byTenant = limitsByTenant(accepted.flatMap(({ limits: own }) => own));
  const likelyFull = await hints.likelyFull(byTenant);
  const issued = await incentives.issue(
    accepted.flatMap(({ requests: own }) => own),
    { now, likelyFull },
  );
  // After the commit and from what it returned, so that neither the counters nor the cache can lead Postgres.
  await Promise.all([
    hints.update(issued.usages, byTenant),
    writeBalances(dependencies, { ...issued, outcomes: issued.outcomes.flat() }),
  ]);
  let next = 0;
  const outcomes = accepted.map(({ requests: own }) =>
    issueOutcome(issued.outcomes.slice(next, (next += own.length)).flat()),
  );
  return outcomesOf(claims, outcomes);
};

type OwnLimit = Readonly<{ tenantId: string; limit: LimitClaim }>;

/** What a delivery requests, and what each of its choices claims of the caps. */
type Claims = Readonly<{ requests: readonly RequestChoices[]; limits: readonly OwnLimit[] }>;

/** What requests claim of the caps as they are now, or why they are refused for good. */
const toClaims = (
  requests: readonly RequestChoices[],
  terms: ReadonlyMap<string, RewardTerms>,
): Claims | InvalidEvent => {
  const limits: OwnLimit[] = [];
  for (const request of requests.flat()) {
    const { tenantId, campaignId } = request.qualification;
    const found = terms.get(rewardKey(termsKeyOf(request)));
    if (found === undefined) {
      const detail = `Campaign ${campaignId} does not exist in tenant ${tenantId}`;
      return new InvalidEvent('unknown-campaign', detail);
    }
    if (!found.isActive) return unknownTenant(tenantId);
    limits.push({ tenantId, limit: claimOf(request.qualification, found) });
  }
  return { requests, limits };
};

const limitsByTenant = (limits: readonly OwnLimit[]): ReadonlyMap<string, readonly LimitClaim[]> =>
  new Map(
    [...Map.groupBy(limits, ({ tenantId }) => tenantId)].map(([tenantId, own]) => [
      tenantId,
      own.map(({ limit }) => limit),
    ]),
  );
