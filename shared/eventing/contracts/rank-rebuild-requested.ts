import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { identifier, tenantIdentifier } from './fields.ts';

/** Someone wants a new snapshot now, of one board or of all. */
export const RankRebuildRequested = defineContract({
  type: 'guerdon.rank.rebuild-requested.v1',
  topic: 'rank-events',
  summary: 'A new snapshot is wanted now.',
  schema: z.object({
    tenantId: tenantIdentifier.optional().describe('All tenants when left out'),
    board: identifier.optional().describe('All boards when left out'),
    mode: z
      .enum(['incremental', 'full'])
      .default('incremental')
      .describe('full reads every balance from Postgres anew'),
  }),
  example: { tenantId: 'default', mode: 'full' },
});
