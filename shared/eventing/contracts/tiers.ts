import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { currencyCode, instant, walletExample, walletFields } from './fields.ts';

/** A customer climbed to a tier or fell from one. */
export const TierChanged = defineContract({
  type: 'guerdon.tier.changed.v1',
  topic: 'points-events',
  summary: 'A customer climbed to a tier or fell from one.',
  schema: z.object({
    ...walletFields,
    from: z.string().nullable().describe('The tier before; null: none'),
    to: z.string().nullable().describe('The tier now; null: none'),
    since: instant,
    cause: z.string().describe('The order or refund that brought it, or the date'),
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
 * A customer will fall from a tier unless orders come before. Published once per fall, as many days
 * ahead as the ladder sets.
 */
export const TierDowngradeAhead = defineContract({
  type: 'guerdon.tier.downgrade-ahead.v1',
  topic: 'points-events',
  summary: 'A customer will fall from a tier unless orders come before.',
  schema: z.object({
    ...walletFields,
    from: z.string().describe('The tier now'),
    to: z.string().nullable().describe('What is left then; null: none'),
    on: instant.describe('When it falls: the start of a local day'),
    counts: z.enum(['earned', 'spend']).describe('Points earned, or minor units spent'),
    currency: currencyCode.optional().describe('Of what is spent'),
    metric: z.int().describe('What the orders so far will count for then'),
    missing: z.int().positive().describe('How much more would keep the tier'),
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
