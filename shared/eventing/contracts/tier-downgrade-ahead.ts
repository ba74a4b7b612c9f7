import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { currencyCode, identifier, instant, tenantIdentifier } from './fields.ts';

/** A customer will fall from a tier unless orders come before: said once per fall, as many days ahead as the ladder says. */
export const TierDowngradeAhead = defineContract({
  type: 'guerdon.tier.downgrade-ahead.v1',
  topic: 'points-events',
  summary: 'A customer will fall from a tier unless orders come before.',
  schema: z.object({
    tenantId: tenantIdentifier,
    customerId: identifier,
    program: tenantIdentifier,
    from: z.string().describe('The tier now'),
    to: z.string().nullable().describe('What is left then; null: none'),
    on: instant.describe('When it falls: the start of a local day'),
    counts: z.enum(['earned', 'spend']).describe('Points earned, or minor units spent'),
    currency: currencyCode.optional().describe('Of what is spent'),
    metric: z.int().describe('What the orders so far will count for then'),
    missing: z.int().positive().describe('How much more would keep the tier'),
  }),
  example: {
    tenantId: 'default',
    customerId: 'c-1007',
    program: 'points',
    from: 'gold',
    to: 'silver',
    on: '2026-12-31T18:30:00Z',
    counts: 'earned',
    metric: 1200,
    missing: 800,
  },
});
