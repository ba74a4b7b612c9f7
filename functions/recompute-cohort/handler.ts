import { correlationOf } from '#shared/eventing/cloud-event.ts';
import { CohortRecomputed, CohortRecomputeRequested } from '#shared/eventing/contracts/cohorts.ts';
import { CohortTick } from '#shared/eventing/contracts/ticks.ts';
import { type DomainEvent, domainEventOf } from '#shared/eventing/domain-event.ts';
import type { Publisher } from '#shared/eventing/publisher.ts';
import { announce } from '#shared/runtime/announce.ts';
import { type Delivery, type EventHandler, on } from '#shared/runtime/events/event-handler.ts';
import type { Clock } from '#shared/runtime/host.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { overAfter } from '#shared/runtime/over-after.ts';
import type { AppliedChange } from '#shared/stores/postgres/cohorts/apply-change.ts';
import type { OpenChange, Recomputations } from '#shared/stores/postgres/cohorts/recomputations.ts';
import type { Outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { appliedTotal, overdueSeconds, ranAt, recomputeSeconds } from './metrics.ts';
import type { RefreshBitmaps } from './refresh-bitmaps.ts';

type Dependencies = Readonly<{
  recomputations: Recomputations;
  /** Does work unless another pod is doing it. */
  exclusively: (work: () => Promise<void>) => Promise<unknown>;
  refreshBitmaps: RefreshBitmaps;
  outbox: Outbox;
  publisher: Publisher;
  clock: Clock;
  /** How long a run may take; the next one continues where it stopped. */
  runMsMax: number;
  log: Logger;
}>;

/**
 * Recomputes the dynamic cohorts that are due and applies complete uploads, one slice of each in
 * turn. What is due is in Postgres: an event that finds a run at work leaves it to that run or the
 * next tick, and a run that dies is continued by the next one. A cohort that fails does not hold up
 * the others; then the event is retried.
 */
export const recomputeCohorts = (dependencies: Dependencies): EventHandler[] => {
  const { recomputations, exclusively, refreshBitmaps, clock, runMsMax } = dependencies;

  const run = async (delivery: Delivery<unknown>): Promise<void> => {
    const now = clock();
    const isOver = overAfter(runMsMax, clock);
    await recomputations.begin(now);
    const failures = new Map<string, unknown>();
    const advance = () => advanceAll(dependencies, { delivery, isOver, failures });
    await advance();
    // A change that becomes ready while the rows of a large one are swept does not wait for them.
    while (!isOver() && (await recomputations.sweep(now))) await advance();
    overdueSeconds.set(await recomputations.mostOverdueSeconds(clock()));
    if (failures.size > 0) throw [...failures.values()][0];
    ranAt.setToCurrentTime();
  };

  const wake = async (delivery: Delivery<unknown>): Promise<readonly never[]> => {
    await exclusively(() => run(delivery));
    return [];
  };
  // Concurrently: a long change must not delay extending the windows of bitmaps.
  const tick = async (delivery: Delivery<unknown>): Promise<readonly never[]> => {
    const refreshed = refreshBitmaps(overAfter(runMsMax, clock));
    const [changes] = await Promise.allSettled([wake(delivery), refreshed]);
    if (changes.status === 'rejected') throw changes.reason;
    return [];
  };
  return [on(CohortTick, tick), on(CohortRecomputeRequested, wake)];
};

type Run = Readonly<{
  delivery: Delivery<unknown>;
  isOver: () => boolean;
  /** Changes that failed in this run wait for the next one. */
  failures: Map<string, unknown>;
}>;

/** One step of each open change in turn: a large cohort does not keep small ones waiting. */
const advanceAll = async (
  dependencies: Dependencies,
  { delivery, isOver, failures }: Run,
): Promise<void> => {
  const { recomputations, log } = dependencies;
  const left = async () =>
    (await recomputations.open()).filter(({ changeId }) => !failures.has(changeId));
  let open = await left();
  while (open.length > 0 && !isOver()) {
    for (const change of open.values().filter(() => !isOver())) {
      await advance(dependencies, change, delivery).catch((error: unknown) => {
        log.error({ err: error, ...change }, 'could not advance the change of a cohort');
        failures.set(change.changeId, error);
      });
    }
    open = await left();
  }
};

const advance = async (
  { recomputations, outbox, publisher, clock, log }: Dependencies,
  change: OpenChange,
  { event }: Delivery<unknown>,
): Promise<void> => {
  const { kind, status, asOf } = change;
  if (status === 'STAGING') return recomputations.stageSlice(change);
  const toEvent = (applied: AppliedChange): DomainEvent => ({
    ...recomputedEvent(applied, clock()),
    ...correlationOf(event),
  });
  const domainEvent = await recomputations.apply(change, { clock, domainEventOf: toEvent });
  if (domainEvent === undefined) return;
  appliedTotal.inc({ kind });
  if (kind === 'RECOMPUTATION')
    recomputeSeconds.observe((clock().getTime() - asOf.getTime()) / 1000);
  await announce([domainEvent], { publisher, outbox, log });
};

const recomputedEvent = (
  { changeId, kind: by, effectiveAt, ...applied }: AppliedChange,
  now: Date,
): DomainEvent =>
  domainEventOf(CohortRecomputed, {
    cause: [applied.tenantId, changeId],
    partitionKey: applied.cohortId,
    time: now,
    data: { ...applied, by, at: effectiveAt.toISOString() },
  });
