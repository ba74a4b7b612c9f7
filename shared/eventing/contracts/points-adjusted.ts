import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { identifier, instant, tenantIdentifier } from './fields.ts';

/** Somebody gave or took points by hand: said once per adjustment. */
export const PointsAdjusted = defineContract({
  type: 'guerdon.points.adjusted.v1',
  topic: 'points-events',
  summary: 'Somebody gave or took points by hand.',
  schema: z.object({
    tenantId: tenantIdentifier,
    customerId: identifier,
    program: tenantIdentifier,
    adjustmentId: z.uuid(),
    points: z.int().describe('Points to credit if positive, to debit if negative'),
    reason: z.string(),
    adjustedBy: z.string().describe('Subject of the token'),
    adjustedAt: instant,
  }),
  example: {
    tenantId: 'default',
    customerId: 'c-1007',
    program: 'points',
    adjustmentId: '9d1f7a5e-2f7d-5c0b-8f6b-3d9d1f0c7e32',
    points: 250,
    reason: 'an apology for a late delivery',
    adjustedBy: 'ann@example.com',
    adjustedAt: '2026-11-21T10:30:00Z',
  },
});
