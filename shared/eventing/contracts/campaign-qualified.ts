import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { instant, tenantIdentifier } from './fields.ts';
import { incentiveFields, rewardFields } from './reward-fields.ts';

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
    incentiveId: '3c7f4c2e-8d0a-5f0e-9a52-0d6a5c1b7e11',
    tenantId: 'default',
    userId: 'c-1007',
    campaignId: '6f9b1c52-5d0e-4a3e-9f5c-1a2b3c4d5e6f',
    campaignVersion: 1,
    eventId: 'e-900001',
    reward: { type: 'CASHBACK', amount: 5_000, currency: 'INR' },
    qualifiedAt: '2026-11-21T10:15:00Z',
  },
});
