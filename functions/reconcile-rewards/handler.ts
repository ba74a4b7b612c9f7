import type { z } from 'zod';
import { Unavailable } from '#shared/domain/errors.ts';
import { ReconcileRequested, ReconcileTick } from '#shared/eventing/contracts/ticks.ts';
import type { Publisher } from '#shared/eventing/publisher.ts';
import { type Delivery, type EventHandler, on } from '#shared/runtime/events/event-handler.ts';
import type { Outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { type CompareDependencies, compareBalances } from './compare-balances.ts';
import {
  publishIncentiveEvents,
  type UnpublishedDependencies,
} from './publish-incentive-events.ts';
import { publishOverdue } from './publish-overdue.ts';
import { type AuditStateDependencies, showAudit } from './show-audit.ts';
import { type RefusedDependencies, showRefused } from './show-refused.ts';
import { type SlotDependencies, showSlots } from './show-slots.ts';
import { type MissingDependencies, showMissing } from './topics/show-missing.ts';
import { type DeferredDependencies, writeDeferred } from './write-deferred.ts';

type Dependencies = AuditStateDependencies &
  CompareDependencies &
  DeferredDependencies &
  UnpublishedDependencies &
  RefusedDependencies &
  SlotDependencies &
  MissingDependencies &
  Readonly<{
    outbox: Outbox;
    /** Adds new entries to the hash chain and closes the seals that are full or old enough. */
    sealLedger: () => Promise<unknown>;
    /** Adds new entries to the stored sums that statements begin at. */
    sumWallets: () => Promise<unknown>;
    /** Completes the erasures of persons of whom no record is in flight any more. */
    completeErasures: () => Promise<unknown>;
    /** Deletes expired Idempotency-Keys. */
    forgetRequests: () => Promise<unknown>;
    publisher: Pick<Publisher, 'publish'>;
    /** Does the work unless another run is in progress. */
    exclusively: (work: () => Promise<void>) => Promise<unknown>;
    /** Compares topics with the effects of their records. */
    compareTopics: () => Promise<unknown>;
    /** Audits what is new and a part of the rest, or with `isFull` everything. */
    audit: (options: Readonly<{ isFull: boolean }>) => Promise<unknown>;
  }>;

type Request = z.output<typeof ReconcileRequested.schema>;

/**
 * Repairs what lags behind Postgres, one run at a time: unpublished events of points and
 * incentives, balances that could not be written through, and a slice of all other balances. Seals
 * the ledger, adds new entries to the sums of their wallets, completes erasures of persons, and
 * forgets old Idempotency-Keys.
 * Each step may be repeated, and one that fails does not keep the others from being done; then the
 * event is retried. A request is retried while another run of its kind is in progress, which may
 * already have passed what the request is about.
 *
 * On request, it audits the ledger or compares topics instead, concurrently with such a run.
 */
export const reconcileRewards = (dependencies: Dependencies): EventHandler[] => {
  const reconcile = async ({ event, data }: Delivery<Request>): Promise<readonly []> => {
    if (data.topics) {
      await dependencies.compareTopics();
      return [];
    }
    const outcome = data.audit
      ? await dependencies.audit({ isFull: data.full })
      : await dependencies.exclusively(() => runAll(dependencies, data));
    if (outcome === 'busy' && event.type !== ReconcileTick.type)
      throw new Unavailable('self', 'Another run is in progress');
    return [];
  };

  return [on(ReconcileTick, reconcile), on(ReconcileRequested, reconcile)];
};

const runAll = async (dependencies: Dependencies, { comparedMax }: Request): Promise<void> => {
  const steps: readonly (() => Promise<unknown>)[] = [
    () => publishOverdue(dependencies),
    () => publishIncentiveEvents(dependencies),
    () => showRefused(dependencies),
    () => showMissing(dependencies),
    () => showSlots(dependencies),
    () => writeDeferred(dependencies),
    () => compareBalances(dependencies, comparedMax),
    () => dependencies.sealLedger(),
    () => dependencies.sumWallets(),
    () => dependencies.completeErasures(),
    () => dependencies.forgetRequests(),
    () => showAudit(dependencies),
  ];
  const failures: unknown[] = [];
  for (const step of steps) {
    await step().catch((error: unknown) => {
      dependencies.log.error({ err: error }, 'a step of the reconciliation failed');
      failures.push(error);
    });
  }
  if (failures.length > 0) throw failures[0];
};
