import type { Gauge } from 'prom-client';
import { Unavailable } from '#shared/domain/errors.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import type { Publisher, Unpublished } from '#shared/eventing/publisher.ts';
import { publishEvents } from '#shared/runtime/events/publish-events.ts';

type Behind = Readonly<{
  publisher: Pick<Publisher, 'publish'>;
  /** Events that were left unpublished for longer than `ageMs`, oldest first. */
  next: (ageMs: number, eventsMax: number) => Promise<readonly DomainEvent[]>;
  outbox: Readonly<{
    /** Records what was published. */
    remove: (domainEvents: readonly DomainEvent[]) => Promise<void>;
    /** Moves what could not be published to the end of the queue, or sets it aside. */
    keep: (unpublished: readonly Unpublished[]) => Promise<void>;
  }>;
  /** Shows how much was found. */
  found: Gauge;
}>;

/**
 * An event is published within the request that commits it, which takes no longer than its timeout.
 */
const overdueMs = 60_000;

/** Events per send, a few hundred bytes each. */
const eventsMax = 500;

/** Limits a run; the next one continues. */
const sendsMax = 40;

/**
 * Publishes the remaining events, at least once each, oldest first. Those that cannot be published
 * go to the end of the queue; if none can be, the run ends.
 * @throws Unavailable when some of it could not be published and may be later.
 */
export const publishBehind = async (behind: Behind): Promise<void> => {
  const { publisher, next, outbox, found } = behind;
  found.set(0);
  let failure: Error | undefined;
  for (let send = 0; send < sendsMax; send += 1) {
    const domainEvents = await next(overdueMs, eventsMax);
    if (domainEvents.length === 0) break;
    found.inc(domainEvents.length);
    const { published, unpublished } = await publishEvents(publisher, domainEvents);
    await outbox.remove(published);
    await outbox.keep(unpublished);
    failure ??= unpublished.find(({ error }) => error instanceof Unavailable)?.error;
    if (published.length === 0 && failure !== undefined) break;
  }
  if (failure !== undefined) throw failure;
};
