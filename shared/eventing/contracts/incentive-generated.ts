import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { instant } from './fields.ts';
import { givenReward, incentiveExample, incentiveFields, rewardExample } from './reward-fields.ts';

/** A user was given an incentive: said once per incentive, under the same id however often it is said. */
export const IncentiveGenerated = defineContract({
  type: 'guerdon.incentive.generated.v1',
  topic: 'incentive-generated',
  summary: 'A user was given an incentive.',
  schema: z.object({
    ...incentiveFields,
    reward: givenReward,
    issuedAt: instant,
    expiresAt: instant.optional(),
  }),
  example: {
    ...incentiveExample,
    reward: rewardExample,
    issuedAt: '2026-11-21T10:15:00.120Z',
  },
});
