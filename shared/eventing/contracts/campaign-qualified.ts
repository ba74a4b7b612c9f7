import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { instant, tenantIdentifier } from './fields.ts';
import { incentiveExample, incentiveFields, rewardFields } from './reward-fields.ts';

/** A user qualified for a reward; whether caps allow it is decided next. Said at least once per incentive, under the same id. */
export const CampaignQualified = defineContract({
  type: 'guerdon.campaign.qualified.v1',
  topic: 'campaign-qualified',
  summary: 'A user qualified for a reward, before caps.',
  schema: z.object({
    ...incentiveFields,
    reward: z.object({
      ...rewardFields,
      pool: tenantIdentifier.optional().describe('The pool of coupons'),
      expiresAt: instant.optional(),
    }),
  }),
  example: {
    ...incentiveExample,
    reward: { type: 'CASHBACK', amount: 5_000, currency: 'INR' },
  },
});
