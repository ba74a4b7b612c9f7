import { assert } from '#shared/domain/assert.ts';
import type { InvalidEvent, Unavailable } from '#shared/domain/errors.ts';
import type { DomainEvent } from './domain-event.ts';

/**
 * An event that is not known to be published, and why: `Unavailable` where publishing it again may
 * succeed, `InvalidEvent` where the destination will refuse it every time.
 */
export type Unpublished = Readonly<{ domainEvent: DomainEvent; error: InvalidEvent | Unavailable }>;

/** Publishes events, at least once each. */
export type Publisher = Readonly<{
  /**
   * Resolves once each event is durable at its destination or has failed, and returns those that
   * failed; it never rejects. The failure of one event does not affect the others, and publishing
   * an event again repeats its id.
   */
  publish: (domainEvents: readonly DomainEvent[]) => Promise<readonly Unpublished[]>;
  /**
   * Connects, so that the first event does not have to wait for it; publishing connects as well.
   * Rejects when the destination is unavailable.
   */
  open?: () => Promise<void>;
  close: () => Promise<void>;
}>;

/** The publisher of a function that publishes no events. */
export const noPublisher: Publisher = {
  publish: (domainEvents) => {
    assert(domainEvents.length === 0, 'this function publishes nothing');
    return Promise.resolve([]);
  },
  close: () => Promise.resolve(),
};
