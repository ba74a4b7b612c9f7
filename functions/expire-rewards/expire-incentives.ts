import type { Correlation } from '#shared/domain/correlation.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import { incentiveEvent } from '#shared/eventing/incentive-event.ts';
import type { ExpiringIncentives } from '#shared/stores/postgres/incentives/expiring-incentives.ts';
import { countIncentives } from './metrics.ts';
import { itemsMax, untilNoneIsDue } from './until-none-is-due.ts';

type Work = Readonly<{
  incentives: ExpiringIncentives;
  /**
   * Publishes events in the log of incentives and marks them as published; failed ones are left to
   * reconcile-rewards.
   */
  publish: (domainEvents: readonly DomainEvent[]) => Promise<void>;
}>;

/**
 * Expires the incentives of a tenant that are due, and publishes it. Points that they gave expire
 * with their lots.
 */
export const expireIncentives = (
  { incentives, publish }: Work,
  tenantId: string,
  shift: Readonly<{ now: Date; correlation: Correlation; isOver: () => boolean }>,
): Promise<void> =>
  untilNoneIsDue(shift, async () => {
    const expired = await incentives.expire({
      tenantId,
      now: shift.now,
      correlation: shift.correlation,
      incentivesMax: itemsMax,
    });
    countIncentives(expired);
    await publish(
      expired.map((incentive) => ({
        ...incentiveEvent(incentive, 'expired'),
        ...shift.correlation,
      })),
    );
    return expired.length >= itemsMax;
  });
