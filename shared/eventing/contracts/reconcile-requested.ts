import { z } from 'zod';
import { defineContract } from '../contract.ts';

/** Someone wants what lags Postgres to be brought up to it now: facts that wait, balances and counters of limits in Redis. */
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
