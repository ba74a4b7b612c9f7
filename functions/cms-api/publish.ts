import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import type { Publisher } from '#shared/eventing/publisher.ts';
import { announce } from '#shared/runtime/announce.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Outbox } from '#shared/stores/postgres/journal/outbox.ts';

/**
 * Publishes events that a commit left in the outbox. Throws nothing: reconcile-rewards publishes
 * what stays there.
 */
export type Publish = (domainEvents: readonly DomainEvent[]) => Promise<void>;

type Dependencies = Readonly<{ publisher: Publisher; outbox: Outbox; log: Logger }>;

/** Publishes to the Broker. */
export const createPublish =
  ({ publisher, outbox, log }: Dependencies): Publish =>
  (domainEvents) =>
    announce(domainEvents, {
      publisher,
      outbox,
      onFailure: (error) => {
        log.warn({ err: error }, 'events could not be published and stay in the outbox');
      },
    });
