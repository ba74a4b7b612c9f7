import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { identifier, instant, tenantIdentifier } from './fields.ts';

/** A customer climbed to a tier or fell from one. */
export const TierChanged = defineContract({
  type: 'guerdon.tier.changed.v1',
  topic: 'points-events',
  summary: 'A customer climbed to a tier or fell from one.',
  schema: z.object({
    tenantId: tenantIdentifier,
    customerId: identifier,
    program: tenantIdentifier,
    from: z.string().nullable().describe('The tier before; null: none'),
    to: z.string().nullable().describe('The tier now; null: none'),
    since: instant,
    cause: z.string().describe('The order or refund that brought it, or the date'),
  }),
  example: {
    tenantId: 'default',
    customerId: 'c-1007',
    program: 'points',
    from: 'silver',
    to: 'gold',
    since: '2026-11-21T10:15:00Z',
    cause: 'order o-500017',
  },
});
