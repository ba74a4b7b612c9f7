import type { z } from 'zod';
import { InvalidEvent } from '#shared/domain/errors.ts';
import type { ReversalRequest } from '#shared/domain/incentives/reverse-incentive.ts';
import { causeOf, correlationOf } from '#shared/eventing/cloud-event.ts';
import type { IncentiveReversalRequested } from '#shared/eventing/contracts/incentives.ts';
import {
  type Delivery,
  instantOf,
  isAccepted,
  type Outcome,
  outcomesOf,
} from '#shared/runtime/events/event-handler.ts';
import type { Clock } from '#shared/runtime/host.ts';
import type { IncentiveStore } from '#shared/stores/postgres/incentives/incentive-store.ts';
import { unknownTenant } from '#shared/stores/postgres/tenants/active-tenant.ts';
import { reversalOutcome } from './outcome.ts';
import { type BalanceDependencies, writeBalances } from './write-balances.ts';

/** What reversing needs. */
export type ReversalDependencies = BalanceDependencies &
  Readonly<{
    incentives: Pick<IncentiveStore, 'reverse'>;
    clock: Clock;
  }>;

type Requested = z.output<typeof IncentiveReversalRequested.schema>;

/** Reverses issued incentives, and makes sure that those that are not issued yet never will be. */
export const reverseIncentives = async (
  dependencies: ReversalDependencies,
  deliveries: readonly Delivery<Requested>[],
): Promise<readonly Outcome[]> => {
  const { tenants, incentives, clock } = dependencies;
  const now = clock();
  const requests = await Promise.all(
    deliveries.map(async (delivery): Promise<ReversalRequest | InvalidEvent> => {
      const { tenantId } = delivery.data;
      const isActive = (await tenants.find(tenantId))?.status === 'ACTIVE';
      return isActive ? toRequest(delivery, now) : unknownTenant(tenantId);
    }),
  );
  const accepted = requests.filter(isAccepted);
  const reversed = await incentives.reverse(accepted, now);
  await writeBalances(dependencies, reversed);
  return outcomesOf(requests, reversed.outcomes.map(reversalOutcome));
};

const toRequest = (delivery: Delivery<Requested>, now: Date): ReversalRequest | InvalidEvent => {
  const { requestedBy: _by, ...request } = delivery.data;
  const requestedAt = instantOf(request.requestedAt, delivery, now);
  if (requestedAt instanceof InvalidEvent) return requestedAt;
  return { ...request, cause: causeOf(delivery.event), correlation: correlationOf(delivery.event) };
};
