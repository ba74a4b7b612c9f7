import { Counter, Histogram } from 'prom-client';

/** The outcome of messages. */
export const messagesTotal = new Counter({
  name: 'guerdon_inbox_messages_total',
  help: 'Messages of inboxes by outcome: published to Redis, deferred until Redis is available, or published-late by the tick',
  labelNames: ['outcome'] as const,
});

/** How long users wait. */
export const pushSeconds = new Histogram({
  name: 'guerdon_push_seconds',
  help: 'Seconds from the record of an action to the publication of the message',
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
});

/** Messages that were removed. */
export const removedTotal = new Counter({
  name: 'guerdon_inbox_messages_removed_total',
  help: 'Messages that were removed from inboxes because of their age',
});
