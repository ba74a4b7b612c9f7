import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { RankRebuildRequested } from './boards.ts';
import { tenantIdentifier } from './fields.ts';

/**
 * Requests now what the next tick would do: release, expire, time out and review tiers, up to the
 * clock's instant.
 */
export const RewardsExpiryRequested = defineContract({
  type: 'guerdon.rewards.expiry-requested.v1',
  topic: 'points-events',
  summary: 'What is due by date is wanted done now.',
  schema: z.object({
    tenantId: tenantIdentifier.optional().describe('All tenants when left out'),
  }),
  example: { tenantId: 'default' },
});

/**
 * The tick of PingSource `expiry-tick`. All PingSources send this type; the Trigger lets only those
 * of this source through. Its data means what it means in RewardsExpiryRequested: `{}` for all
 * tenants.
 */
export const ExpiryTick = defineContract({
  ...RewardsExpiryRequested,
  type: 'dev.knative.sources.ping',
  summary: 'Time for what is due by date.',
  example: {},
});

/**
 * The tick of a PingSource. Its manifest chooses the data, which means what it means in
 * RankRebuildRequested: `{}` for all boards every minute, `{"mode":"full"}` for a nightly one.
 * Ticks come by the Broker; the topic is that of the request.
 */
export const PingTick = defineContract({
  ...RankRebuildRequested,
  type: 'dev.knative.sources.ping',
  summary: 'Time for a new snapshot.',
  example: { mode: 'incremental' },
});

/**
 * Requests that what lags behind Postgres catches up now: unpublished events, balances and limit
 * counters in Redis.
 */
export const ReconcileRequested = defineContract({
  type: 'guerdon.rewards.reconcile-requested.v1',
  topic: 'points-events',
  summary: 'What lags Postgres is to be brought up to it now.',
  schema: z.object({
    comparedMax: z
      .int()
      .min(0)
      .max(200_000)
      .default(20_000)
      .describe(
        'Balances, and counters of limits, to compare with Redis, from where the last comparison ended',
      ),
    audit: z
      .boolean()
      .default(false)
      .describe(
        'Whether to audit what was recorded since the last audit and a part of the rest, and do nothing else',
      ),
    full: z
      .boolean()
      .default(false)
      .describe('With `audit`, whether to begin again with everything, however long it takes'),
    topics: z
      .boolean()
      .default(false)
      .describe('Whether to compare topics with what came of their records, and do nothing else'),
  }),
  example: { comparedMax: 20_000 },
});

/**
 * The tick of the PingSource `reconcile-tick`. Its manifest chooses the data, which means what it
 * means in ReconcileRequested.
 */
export const ReconcileTick = defineContract({
  ...ReconcileRequested,
  type: 'dev.knative.sources.ping',
  summary: 'Time to bring what lags Postgres up to it.',
});

/**
 * The tick of PingSource `resend-tick`. All PingSources send this type; the Trigger lets only those
 * of this source through.
 */
export const ResendTick = defineContract({
  type: 'dev.knative.sources.ping',
  topic: 'dead-letters',
  summary: 'Time to resend the dead letters that are due.',
  schema: z.object({}),
  example: {},
});

/**
 * The tick of PingSource `archive-tick`. All PingSources send this type; the Trigger lets only
 * those of this source through.
 */
export const ArchiveTick = defineContract({
  type: 'dev.knative.sources.ping',
  topic: 'dead-letters',
  summary:
    'Time to create partitions for the months to come and to archive records whose time is over.',
  schema: z.object({}),
  example: {},
});

/**
 * The minute's tick of PingSource `reconcile-tick`, as push-notification receives it. All
 * PingSources send this type; the Trigger lets only those of this source through.
 */
export const PushTick = defineContract({
  type: 'dev.knative.sources.ping',
  topic: 'dead-letters',
  summary: 'Time to publish messages that could not be published, and to remove old ones.',
  schema: z.object({}),
  example: {},
});

/**
 * The tick of PingSource `webhook-tick`. All PingSources send this type; the Trigger lets only
 * those of this source through.
 */
export const WebhookTick = defineContract({
  type: 'dev.knative.sources.ping',
  topic: 'webhook-events',
  summary: 'Time to send the deliveries that are due.',
  schema: z.object({}),
  example: {},
});
