import type { Earning } from '#shared/domain/earning/program.ts';
import { carryingAt } from '#shared/eventing/carried-points.ts';
import { customerEvent } from '#shared/eventing/customer-event.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import type { Clock } from '#shared/runtime/host.ts';
import { assignCustomers } from '#shared/stores/postgres/customers/assign-customers.ts';
import type { CustomerOptions } from '#shared/stores/postgres/customers/customer-record.ts';
import type { Reassign } from '#shared/stores/postgres/customers/links/decision.ts';
import type { MatchingModels } from '#shared/stores/postgres/customers/matching-models.ts';
import { carryPoints } from '#shared/stores/postgres/customers/points/carry-points.ts';

type Options = Pick<CustomerOptions, 'masterKeys' | 'nameAndPhoneHash'> &
  Readonly<{
    clock: Clock;
    matchingOf: MatchingModels['find'];
    earningsOf: (tenantId: string) => Promise<readonly Earning[]>;
  }>;

/** Assigns customers as match-customer does, and carries the points of their accounts at once. */
export const createReassign =
  ({ clock, matchingOf, earningsOf, ...options }: Options) =>
  async (tenant: string): Promise<Reassign<DomainEvent>> => {
    // Before the transaction: both may have to be read over another connection.
    const matching = await matchingOf(tenant);
    const earnings = await earningsOf(tenant);
    return async (tx, tenantId, recordNos) => {
      const now = clock();
      const assigned = await assignCustomers(tx, options, {
        ...{ tenantId, matching },
        domainEventOf: (change) => customerEvent(change, now),
        touched: { recordNos },
      });
      const customerIds = assigned.changes.flatMap(({ customerId, otherId }) => [
        customerId,
        ...(otherId === undefined ? [] : [otherId]),
      ]);
      const { balances, domainEvents } = await carryPoints(
        tx,
        { tenantId, customerIds },
        carryingAt(now, earnings),
      );
      return { balances, domainEvents: [...assigned.domainEvents, ...domainEvents] };
    };
  };
