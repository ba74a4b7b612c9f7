import type { z } from 'zod';
import { correlationOf } from '#shared/eventing/cloud-event.ts';
import { ExpiryTick, RewardsExpiryRequested } from '#shared/eventing/contracts/ticks.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import { incentiveOutbox } from '#shared/eventing/incentive-event.ts';
import type { Publisher } from '#shared/eventing/publisher.ts';
import { createAfterCommit } from '#shared/runtime/after-commit.ts';
import { announce } from '#shared/runtime/announce.ts';
import { type Delivery, type EventHandler, on } from '#shared/runtime/events/event-handler.ts';
import type { Clock } from '#shared/runtime/host.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { overAfter } from '#shared/runtime/over-after.ts';
import type { ExpiringIncentives } from '#shared/stores/postgres/incentives/expiring-incentives.ts';
import type { IncentiveLog } from '#shared/stores/postgres/incentives/incentive-log.ts';
import type { Outbox } from '#shared/stores/postgres/journal/outbox.ts';
import type { LotStore } from '#shared/stores/postgres/ledger/lot-store.ts';
import { activeTenant } from '#shared/stores/postgres/tenants/active-tenant.ts';
import type { LadderReviews } from '#shared/stores/postgres/tenants/ladder-reviews.ts';
import type { Tenant, TenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import type { TierStore } from '#shared/stores/postgres/tenants/tier-store.ts';
import {
  type GuardedBalanceCache,
  writeWithBoards,
} from '#shared/stores/redis/balances/balance-cache.ts';
import { expireTenant, type Shift } from './expire-tenant.ts';
import { showOldest, showOldestIncentive } from './metrics.ts';
import { type Reservations, timeOutReservations } from './time-out-reservations.ts';

type Dependencies = Readonly<{
  tenants: TenantStore;
  lots: LotStore;
  tiers: TierStore;
  ladderReviews: LadderReviews;
  reservations: Reservations;
  incentives: ExpiringIncentives;
  incentiveLog: Pick<IncentiveLog, 'markPublished' | 'keep'>;
  balances: Pick<GuardedBalanceCache, 'writeThrough'>;
  outbox: Outbox;
  publisher: Publisher;
  clock: Clock;
  log: Logger;
}>;

type Request = z.output<typeof RewardsExpiryRequested.schema>;

/** Less than a delivery may take (300 s). What is left then is found by the next tick. */
const shiftMsMax = 240_000;

/**
 * Does everything that is due, on a tick or on request: each lot is released once and closed once,
 * each incentive expires once, each tier is downgraded once and published once, with any number of
 * instances and after any crash. A failure in one tenant does not block the others, and the next
 * tick tries it again; if everything failed, or something that was requested, the event is retried.
 *
 * Events are published after each commit and not returned: there may be too many for the memory of
 * one response, and the outbox and the log of incentives keep those that could not be published.
 */
export const expireRewards = (dependencies: Dependencies): EventHandler[] => {
  const { tenants, clock, log } = dependencies;

  const run = async ({ event, data }: Delivery<Request>): Promise<readonly never[]> => {
    const shift = beginShift(clock, {
      cause: `${event.source} ${event.id}`,
      correlation: correlationOf(event),
      thorough: event.type !== ExpiryTick.type,
    });
    const wanted = await tenantsWanted(tenants, data);
    const pieces = piecesOf(dependencies, wanted, shift);
    const failures: unknown[] = [];
    for (const { what, work } of pieces) {
      await work().catch((error: unknown) => {
        log.error({ err: error, what }, 'a step of the expiry run failed');
        failures.push(error);
      });
    }
    if (failures.length > 0 && (shift.thorough || failures.length >= wanted.length)) {
      throw failures[0];
    }
    await showWhatIsLeft(dependencies, shift);
    return [];
  };

  return [on(ExpiryTick, run), on(RewardsExpiryRequested, run)];
};

const showWhatIsLeft = async ({ lots, incentives }: Dependencies, { now }: Shift) => {
  for (const due of ['release', 'expiry'] as const)
    showOldest(due, await lots.oldestDue(due, now), now);
  showOldestIncentive(await incentives.oldestDue(now), now);
};

const beginShift = (
  clock: Clock,
  origin: Pick<Shift, 'cause' | 'correlation' | 'thorough'>,
): Shift => ({ ...origin, now: clock(), isOver: overAfter(shiftMsMax, clock) });

/** @throws InvalidEvent if the requested tenant does not exist. */
const tenantsWanted = async (
  tenants: TenantStore,
  { tenantId }: Request,
): Promise<readonly Tenant[]> => {
  return tenantId === undefined ? tenants.all() : [await activeTenant(tenants, tenantId)];
};

type Piece = Readonly<{ what: string; work: () => Promise<void> }>;

/** Reservations first, because the points that they release may have expired. */
const piecesOf = (
  dependencies: Dependencies,
  wanted: readonly Tenant[],
  shift: Shift,
): readonly Piece[] => {
  const { reservations, tenants, balances: cache, incentiveLog } = dependencies;
  const afterCommit = createAfterCommit({
    ...dependencies,
    write: (balances) => writeWithBoards({ tenants, cache }, balances),
  });
  const announcing = { ...dependencies, outbox: incentiveOutbox(incentiveLog) };
  const publish = (domainEvents: readonly DomainEvent[]) => announce(domainEvents, announcing);
  return [
    { what: 'reservations', work: () => timeOutReservations(reservations, afterCommit, shift) },
    ...wanted.map((tenant) => ({
      what: `tenant ${tenant.tenantId}`,
      work: () => expireTenant({ ...dependencies, afterCommit, publish }, tenant, shift),
    })),
  ];
};
