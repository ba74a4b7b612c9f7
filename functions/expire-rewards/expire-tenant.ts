import type { Correlation } from '#shared/domain/correlation.ts';
import type { Program } from '#shared/domain/earning/program.ts';
import { noticeUntil } from '#shared/domain/earning/tiers/review-tier.ts';
import { ladderInForce, type TierLadder } from '#shared/domain/earning/tiers/tier-ladder.ts';
import type { Moment } from '#shared/domain/ledger/release-lots.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import type { AfterCommit } from '#shared/runtime/after-commit.ts';
import type { ExpiringIncentives } from '#shared/stores/postgres/incentives/expiring-incentives.ts';
import type { LotEvent, LotStore } from '#shared/stores/postgres/ledger/lot-store.ts';
import type { LadderReviews } from '#shared/stores/postgres/tenants/ladder-reviews.ts';
import type { Tenant } from '#shared/stores/postgres/tenants/tenant-store.ts';
import type { Due, TierStore } from '#shared/stores/postgres/tenants/tier-store.ts';
import { lotEvents, tierEvents } from './events.ts';
import { expireIncentives } from './expire-incentives.ts';
import { countLots, countTiers } from './metrics.ts';
import { reviewLadder } from './review-ladder.ts';
import { itemsMax, untilNoneIsDue } from './until-none-is-due.ts';

export type ExpiryDependencies = Readonly<{
  lots: LotStore;
  tiers: TierStore;
  ladderReviews: LadderReviews;
  incentives: ExpiringIncentives;
  /** Publishes events in the log of incentives. */
  publish: (domainEvents: readonly DomainEvent[]) => Promise<void>;
  afterCommit: AfterCommit;
}>;

/** The time of the run, and whether it may continue. */
export type Shift = Moment &
  Readonly<{
    /** Of the event that brought the work: what it causes is published under it. */
    correlation: Correlation;
    isOver: () => boolean;
    /** Whether wallets are reviewed under a ladder again that they were reviewed under. */
    thorough: boolean;
  }>;

/**
 * Does everything that is due in one tenant: releases lots, closes lots, expires incentives,
 * reviews tiers. Released before closed, because a lot may have expired while it was pending.
 */
export const expireTenant = async (
  dependencies: ExpiryDependencies,
  tenant: Tenant,
  shift: Shift,
): Promise<void> => {
  await changeLots(dependencies, { event: 'release', tenant }, shift);
  await changeLots(dependencies, { event: 'expiry', tenant }, shift);
  await expireIncentives(dependencies, tenant.tenantId, shift);
  for (const program of tenant.programs) {
    const ladder = ladderInForce(program.ladders, shift.now);
    if (ladder !== undefined) await reviewTiers(dependencies, { tenant, program, ladder }, shift);
  }
};

/** Puts events under the correlation of the shift before they are committed. */
const causedBy = (
  { correlation }: Shift,
  domainEvents: readonly DomainEvent[],
): readonly DomainEvent[] =>
  domainEvents.map((domainEvent) => ({ ...domainEvent, ...correlation }));

type LotWork = Readonly<{ event: LotEvent; tenant: Tenant }>;

const changeLots = (
  { lots, afterCommit }: ExpiryDependencies,
  { event, tenant: { tenantId } }: LotWork,
  shift: Shift,
): Promise<void> =>
  untilNoneIsDue(shift, async () => {
    const due = { event, tenantId, now: shift.now, cause: shift.cause, lotsMax: itemsMax };
    const changed = await lots.changeDue(due, (entries) => causedBy(shift, lotEvents(entries)));
    countLots(changed.entries);
    await afterCommit(changed);
    return changed.found >= itemsMax;
  });

type TierWork = Readonly<{ tenant: Tenant; program: Program; ladder: TierLadder }>;

/**
 * Downgrades tiers that are due, notifies customers of downgrades that are near, and reviews all
 * wallets once under a new ladder.
 */
const reviewTiers = async (
  dependencies: ExpiryDependencies,
  { tenant: { tenantId, timeZone }, program, ladder }: TierWork,
  shift: Shift,
): Promise<void> => {
  const { tiers, afterCommit } = dependencies;
  const { now } = shift;
  const ground = { earning: { program, timeZone }, now };
  const review = async (due: Due) => {
    const query = { tenantId, ...ground, walletsMax: itemsMax, ...due };
    const reviewed = await tiers.reviewDue(query, (...tier) =>
      causedBy(shift, tierEvents(...tier)),
    );
    countTiers(reviewed.domainEvents);
    await afterCommit({ balances: [], domainEvents: reviewed.domainEvents });
    return reviewed;
  };
  const reviewAll = (due: Due) =>
    untilNoneIsDue(shift, async () => (await review(due)).found >= itemsMax);

  await reviewLadder(dependencies, { tenantId, program: program.program, ladder, review }, shift);
  await reviewAll({ due: 'falls' });
  await reviewAll({ due: 'notice', noticeUntil: noticeUntil(ground) ?? now });
};
