import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { instant } from './fields.ts';
import { givenReward, incentiveExample, incentiveFields, rewardExample } from './reward-fields.ts';

/** An incentive came to its date: said once per incentive. */
export const IncentiveExpired = defineContract({
  type: 'guerdon.incentive.expired.v1',
  topic: 'incentive-generated',
  summary: 'An incentive came to its date.',
  schema: z.object({
    ...incentiveFields,
    reward: givenReward,
    expiredAt: instant,
  }),
  example: {
    ...incentiveExample,
    reward: rewardExample,
    expiredAt: '2026-11-23T10:00:00Z',
  },
});
