import { InvalidEvent } from '#shared/domain/errors.ts';
import { correlationOf } from '#shared/eventing/cloud-event.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import type { Publisher, Unpublished } from '#shared/eventing/publisher.ts';
import type { Logger } from '../log.ts';
import { eventsPublishedTotal, eventsUnpublishedTotal } from '../metrics.ts';
import type { Delivery, EventHandler, Outcome } from './event-handler.ts';

type Published = Readonly<{
  published: readonly DomainEvent[];
  unpublished: readonly Unpublished[];
}>;

/**
 * Publishes events, counts those that were published, and returns them apart from those that were
 * not.
 */
export const publishEvents = async (
  publisher: Pick<Publisher, 'publish'>,
  domainEvents: readonly DomainEvent[],
): Promise<Published> => {
  const unpublished = await publisher.publish(domainEvents);
  const failed = new Set(unpublished.map(({ domainEvent }) => domainEvent));
  const published = domainEvents.filter((domainEvent) => !failed.has(domainEvent));
  for (const { type } of published) eventsPublishedTotal.inc({ type });
  for (const { domainEvent, error } of unpublished)
    eventsUnpublishedTotal.inc({ type: domainEvent.type, reason: reasonOf(error) });
  return { published, unpublished };
};

const reasonOf = (error: Unpublished['error']): string =>
  error instanceof InvalidEvent ? error.code : `${error.dependency}-unavailable`;

type Handled = Readonly<{
  deliveries: readonly Delivery<unknown>[];
  /** One per delivery, in order. */
  outcomes: readonly Outcome[];
}>;

/**
 * Publishes the events of a batch, each under the correlation that it was committed with, or else
 * that of its delivery. Returns the outcomes, with the error in place of each that has an event
 * which could not be published; the others are not affected.
 */
export const publishOutcomes = async (
  handler: Pick<EventHandler, 'published' | 'unpublished'>,
  publisher: Pick<Publisher, 'publish'>,
  { deliveries, outcomes }: Handled,
): Promise<readonly Outcome[]> => {
  const eventsOf = outcomes.map((outcome, index) =>
    outcome instanceof Error
      ? []
      : outcome.domainEvents.map((domainEvent) => caused(domainEvent, deliveries[index])),
  );
  const domainEvents = eventsOf.flat();
  if (domainEvents.length === 0) return outcomes;
  const { published, unpublished } = await publishEvents(publisher, domainEvents);
  await handler.published?.(published);
  if (unpublished.length > 0) await handler.unpublished?.(unpublished);
  const isKept = handler.unpublished !== undefined;
  const failures = unpublished.filter(({ error }) => !(isKept && error instanceof InvalidEvent));
  const errors = new Map(failures.map(({ domainEvent, error }) => [domainEvent, error]));
  return outcomes.map((outcome, index) => {
    const failed = eventsOf[index]?.find((domainEvent) => errors.has(domainEvent));
    return (failed && errors.get(failed)) ?? outcome;
  });
};

const caused = (domainEvent: DomainEvent, cause: Delivery<unknown> | undefined): DomainEvent =>
  domainEvent.correlationId === undefined && cause
    ? { ...domainEvent, ...correlationOf(cause.event) }
    : domainEvent;

type Mark<Item> = (published: readonly Item[]) => Promise<void>;

type Marker<Item> = Readonly<{
  /** Takes what was published, and returns before it is marked unless too much waits. */
  mark: Mark<Item>;
  /** Marks waiting events without waiting for more, and resolves when none is left. */
  idle: () => Promise<void>;
}>;

type Options = Readonly<{
  log: Logger;
  /** How long the first event waits for others, so that one statement marks several. */
  gatherMs?: number;
  /** Events marked by one statement. */
  marksMax?: number;
  /** Events that wait before `mark` waits, too. */
  waitingMax?: number;
}>;

/**
 * Marks events as published, one statement after the other, while their causes are acknowledged. A
 * statement and its commit cost as much for one event as for a hundred, and nothing waits for them,
 * so events are gathered first. An event that is not marked, because Postgres was unavailable or
 * the process died, is published again by reconcile-rewards.
 */
export const markLater = <Item>(
  mark: Mark<Item>,
  { log, gatherMs = 250, marksMax = 1_000, waitingMax = 10_000 }: Options,
): Marker<Item> => {
  const waiting: Item[] = [];
  let running: Promise<void> | undefined;
  let hurry = (): void => undefined;
  const gather = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, gatherMs);
      hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const markAll = async (): Promise<void> => {
    await gather();
    while (waiting.length > 0) {
      await mark(waiting.splice(0, marksMax)).catch((error: unknown) =>
        log.warn({ err: error }, 'events were published but could not be marked as published'),
      );
    }
    running = undefined;
  };
  return {
    mark: async (published) => {
      if (published.length === 0) return;
      waiting.push(...published);
      running ??= markAll();
      if (waiting.length >= marksMax) hurry();
      if (waiting.length > waitingMax) await running;
    },
    idle: async () => {
      hurry();
      await running;
    },
  };
};
