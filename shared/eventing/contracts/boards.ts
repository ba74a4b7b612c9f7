import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { identifier, instant, slug } from './fields.ts';

/** Requests a new snapshot now, of one board or of all. */
export const RankRebuildRequested = defineContract({
  type: 'guerdon.rank.rebuild-requested.v1',
  topic: 'rank-events',
  summary: 'Requests a new snapshot.',
  schema: z.object({
    tenantId: slug.optional().describe('Defaults to all tenants'),
    board: identifier.optional().describe('Defaults to all boards'),
    mode: z
      .enum(['incremental', 'full'])
      .default('incremental')
      .describe('full reads every balance from Postgres'),
  }),
  example: { tenantId: 'default', mode: 'full' },
});

/** A board has a new complete snapshot, and readers see it. */
export const RankSnapshotPublished = defineContract({
  type: 'guerdon.rank.snapshot-published.v1',
  topic: 'rank-events',
  summary: 'A board has a new complete snapshot.',
  schema: z.object({
    tenantId: slug,
    board: identifier,
    snapshotId: z.int().positive().describe('Incremented with every snapshot of the board'),
    customers: z.int().nonnegative(),
    changed: z
      .int()
      .nonnegative()
      .describe('Customers whose points changed since the last snapshot'),
    mode: z.enum(['incremental', 'full']),
    takenAt: instant.describe('Includes all changes up to this instant'),
  }),
  example: {
    tenantId: 'default',
    board: 'main',
    snapshotId: 42,
    customers: 5000,
    changed: 318,
    mode: 'incremental',
    takenAt: '2026-11-21T10:16:00Z',
  },
});
