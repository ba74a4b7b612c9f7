import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import type { Publisher, Unpublished } from '#shared/eventing/publisher.ts';
import { publishEvents } from './events/publish-events.ts';

/** Where events are published, and the outbox that keeps failed ones. */
export type Announcing = Readonly<{
  publisher: Publisher;
  outbox: Readonly<{
    remove: (domainEvents: readonly DomainEvent[]) => Promise<void>;
    keep: (unpublished: readonly Unpublished[]) => Promise<void>;
  }>;
  /**
   * Called with the reason why events could not be published now; reconcile-rewards publishes them
   * later.
   */
  log: Readonly<{ warn: (fields: Readonly<{ err: unknown }>, message: string) => void }>;
}>;

/**
 * Publishes events from the outbox and removes them from it; failed ones stay there, and nothing is
 * thrown.
 */
export const announce = async (
  domainEvents: readonly DomainEvent[],
  { publisher, outbox, log }: Announcing,
): Promise<void> => {
  if (domainEvents.length === 0) return;
  const warn = (err: unknown) =>
    log.warn({ err }, 'events could not be published and stay in the outbox');
  try {
    const { published, unpublished } = await publishEvents(publisher, domainEvents);
    for (const { error } of unpublished.slice(0, 1)) warn(error);
    await outbox.remove(published);
    if (unpublished.length > 0) await outbox.keep(unpublished);
  } catch (error) {
    warn(error);
  }
};
