import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { instant } from './fields.ts';
import { givenReward, incentiveExample, incentiveFields, rewardExample } from './reward-fields.ts';

/** An incentive was taken back: said once per incentive. */
export const IncentiveReversed = defineContract({
  type: 'guerdon.incentive.reversed.v1',
  topic: 'incentive-generated',
  summary: 'An incentive was taken back.',
  schema: z.object({
    ...incentiveFields,
    reward: givenReward,
    reversedAt: instant,
  }),
  example: {
    ...incentiveExample,
    reward: rewardExample,
    reversedAt: '2026-11-23T10:00:00Z',
  },
});
