import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { currencyCode, instant, walletExample, walletFields } from './fields.ts';

/** A customer was promoted to a tier or downgraded from one. */
export const TierChanged = defineContract({
  type: 'guerdon.tier.changed.v1',
  topic: 'points-events',
  summary: 'The tier of a customer changed.',
  schema: z.object({
    ...walletFields,
    from: z.string().nullable().describe('Previous tier; null: none'),
    to: z.string().nullable().describe('New tier; null: none'),
    since: instant,
    cause: z
      .string()
      .describe('Order or refund that caused it, the date, or `accounts of one customer`'),
  }),
  example: {
    ...walletExample,
    from: 'silver',
    to: 'gold',
    since: '2026-11-21T10:15:00Z',
    cause: 'order o-500017',
  },
});

/**
 * A customer will be downgraded unless further orders arrive first. Published once per downgrade,
 * as many days ahead as the ladder sets.
 */
export const TierDowngradeAhead = defineContract({
  type: 'guerdon.tier.downgrade-ahead.v1',
  topic: 'points-events',
  summary: 'A customer will be downgraded unless further orders prevent it.',
  schema: z.object({
    ...walletFields,
    from: z.string().describe('Current tier'),
    to: z.string().nullable().describe('Tier after the downgrade; null: none'),
    on: instant.describe('When the downgrade takes effect: the start of a local day'),
    counts: z
      .enum(['earned', 'spend'])
      .describe('Metric of the tiers: points earned, or minor units spent'),
    currency: currencyCode.optional().describe('Currency of the metric, if it is spend'),
    metric: z.int().describe('Value of the metric at that time, from the orders so far'),
    missing: z.int().positive().describe('Increase of the metric that would keep the tier'),
  }),
  example: {
    ...walletExample,
    from: 'gold',
    to: 'silver',
    on: '2026-12-31T18:30:00Z',
    counts: 'earned',
    metric: 1200,
    missing: 800,
  },
});
