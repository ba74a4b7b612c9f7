import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import type { Logger } from '#shared/runtime/log.ts';

/**
 * A tenant whose campaigns a commit changed, or what they depend on, and the events that it left to
 * publish.
 */
type Committed = Readonly<{ tenantId: string; domainEvents: readonly DomainEvent[] }>;

/**
 * Invalidates the campaign caches of other pods after a commit, and publishes its events. Throws
 * nothing: the commit is recorded, and caches expire by age.
 */
export type AfterCommit = (committed: Committed) => Promise<void>;

type Dependencies = Readonly<{
  /** Notifies pods that a tenant's campaigns changed. */
  notify: (tenantId: string) => Promise<void>;
  publish: (domainEvents: readonly DomainEvent[]) => Promise<void>;
  log: Logger;
}>;

/** Notifies first, because other pods still decide by what they have in memory. */
export const createAfterCommit =
  ({ notify, publish, log }: Dependencies): AfterCommit =>
  async ({ tenantId, domainEvents }) => {
    try {
      await notify(tenantId);
    } catch (error) {
      log.warn({ err: error, tenantId }, 'could not notify other pods; their caches expire by age');
    }
    await publish(domainEvents);
  };
