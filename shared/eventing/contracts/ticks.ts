import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { RankRebuildRequested } from './boards.ts';
import { slug } from './fields.ts';

/**
 * Requests now what the next tick would do: release, expire, time out and review tiers, up to the
 * clock's instant.
 */
export const RewardsExpiryRequested = defineContract({
  type: 'guerdon.rewards.expiry-requested.v1',
  topic: 'points-events',
  summary: 'Requests an expiry run.',
  schema: z.object({
    tenantId: slug.optional().describe('Defaults to all tenants'),
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
  summary: 'Tick of the expiry run.',
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
  summary: 'Tick for new snapshots.',
  example: { mode: 'incremental' },
});

/**
 * Requests that everything that lags behind Postgres is updated now: unpublished events, and
 * balances in Redis.
 */
export const ReconcileRequested = defineContract({
  type: 'guerdon.rewards.reconcile-requested.v1',
  topic: 'points-events',
  summary: 'Requests a reconciliation run.',
  schema: z.object({
    comparedMax: z
      .int()
      .min(0)
      .max(200_000)
      .default(20_000)
      .describe(
        'Maximum number of balances to compare with Redis, starting where the last comparison ended',
      ),
    audit: z
      .boolean()
      .default(false)
      .describe('true only audits: new entries since the last audit, and a part of all wallets'),
    full: z
      .boolean()
      .default(false)
      .describe('With `audit`: true starts a new cycle that audits everything'),
    topics: z
      .boolean()
      .default(false)
      .describe('true only compares topics with the effects of their records'),
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
  summary: 'Tick of the reconciliation run.',
});

/**
 * The tick of PingSource `resend-tick`. All PingSources send this type; the Trigger lets only those
 * of this source through.
 */
export const ResendTick = defineContract({
  type: 'dev.knative.sources.ping',
  topic: 'dead-letters',
  summary: 'Tick for resending due dead letters.',
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
  summary: 'Tick for creating partitions and archiving records past their retention.',
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
  summary: 'Tick for publishing unpublished messages and removing old ones.',
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
  summary: 'Tick for sending due deliveries.',
  schema: z.object({}),
  example: {},
});

/**
 * The minute's tick of PingSource `reconcile-tick`, as update-sketch receives it. All PingSources
 * send this type; the Trigger lets only those of this source through.
 */
export const HeatTick = defineContract({
  type: 'dev.knative.sources.ping',
  topic: 'campaign-heat',
  summary: 'Tick for cooling campaigns and publishing changes that could not be published.',
  schema: z.object({}),
  example: {},
});

/**
 * The tick of PingSource `cohort-tick`. All PingSources send this type; the Trigger lets only those
 * of this source through.
 */
export const CohortTick = defineContract({
  type: 'dev.knative.sources.ping',
  topic: 'campaign-events',
  summary: 'Tick for recomputing the cohorts that are due and applying uploads.',
  schema: z.object({}),
  example: {},
});

/**
 * The tick of PingSource `analytics-tick`. All PingSources send this type; the Trigger lets only
 * those of this source through.
 */
export const AnalyticsTick = defineContract({
  type: 'dev.knative.sources.ping',
  topic: 'dead-letters',
  summary: 'Tick for merging small files of changes.',
  schema: z.object({}),
  example: {},
});
