import { Counter, Gauge, Histogram } from 'prom-client';
import { latencyBuckets } from '#shared/runtime/metrics.ts';

/** Attempts to deliver. */
export const attemptsTotal = new Counter({
  name: 'guerdon_webhook_attempts_total',
  help: 'Attempts to deliver an event or to verify a webhook, by outcome',
  labelNames: ['outcome'] as const,
});

/** How long endpoints take. */
export const attemptSeconds = new Histogram({
  name: 'guerdon_webhook_attempt_seconds',
  help: 'Time until a webhook answered or the attempt ended',
  buckets: latencyBuckets,
});

/** Endpoints that were disabled. */
export const disabledTotal = new Counter({
  name: 'guerdon_webhooks_disabled_total',
  help: 'Webhooks disabled because of failures, by reason',
  labelNames: ['reason'] as const,
});

/** Endpoints that fail. */
export const failingEndpoints = new Gauge({
  name: 'guerdon_webhooks_failing',
  help: 'Webhooks whose last attempts failed and that have deliveries due, as of the last tick',
});

/** How late deliveries to working endpoints are. */
export const oldestDueSeconds = new Gauge({
  name: 'guerdon_oldest_due_webhook_delivery_seconds',
  help: 'How long the oldest delivery to a working webhook had been due at the last tick',
});
