import { Gauge } from 'prom-client';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import type { Publisher } from '#shared/eventing/publisher.ts';
import type { Outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { publishBehind } from './publish-behind.ts';

type Dependencies = Readonly<{ outbox: Outbox; publisher: Pick<Publisher, 'publish'> }>;

const overdueEvents = new Gauge({
  name: 'guerdon_outbox_overdue',
  help: 'Events that were not published within a minute of their commit, as of the last run',
});

/**
 * Publishes unpublished events, at least once each, oldest first, and removes them from the outbox.
 */
export const publishOverdue = ({ outbox, publisher }: Dependencies): Promise<void> =>
  publishBehind({
    publisher,
    outbox,
    // They were built as events when they were written.
    next: async (...query) => (await outbox.overdue(...query)) as readonly DomainEvent[],
    found: overdueEvents,
  });
