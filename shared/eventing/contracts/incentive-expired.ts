import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { instant } from './fields.ts';
import { incentiveFields, rewardFields } from './reward-fields.ts';

/** An incentive came to its date: said once per incentive. */
export const IncentiveExpired = defineContract({
  type: 'guerdon.incentive.expired.v1',
  topic: 'incentive-generated',
  summary: 'An incentive came to its date.',
  schema: z.object({
    ...incentiveFields,
    reward: z.object({ ...rewardFields, couponCode: z.string().optional() }),
    expiredAt: instant,
  }),
  example: {
    incentiveId: '3c7f4c2e-8d0a-5f0e-9a52-0d6a5c1b7e11',
    tenantId: 'default',
    userId: 'c-1007',
    campaignId: '6f9b1c52-5d0e-4a3e-9f5c-1a2b3c4d5e6f',
    campaignVersion: 1,
    eventId: 'e-900001',
    reward: { type: 'POINTS', amount: 50, currency: 'POINTS', program: 'points' },
    qualifiedAt: '2026-11-21T10:15:00Z',
    expiredAt: '2026-11-23T10:00:00Z',
  },
});
