import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { tenantIdentifier } from './fields.ts';

/** Someone wants done now what the next tick would do: release, expire, time out, review tiers. The clock says until when. */
export const RewardsExpiryRequested = defineContract({
  type: 'guerdon.rewards.expiry-requested.v1',
  topic: 'points-events',
  summary: 'What is due by date is wanted done now.',
  schema: z.object({
    tenantId: tenantIdentifier.optional().describe('All tenants when left out'),
  }),
  example: { tenantId: 'default' },
});
