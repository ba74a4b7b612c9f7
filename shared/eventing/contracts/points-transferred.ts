import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { identifier, instant, tenantIdentifier } from './fields.ts';

/** Points went from one customer to another: said once per transfer, under the giver's key. */
export const PointsTransferred = defineContract({
  type: 'guerdon.points.transferred.v1',
  topic: 'points-events',
  summary: 'Points went from one customer to another.',
  schema: z.object({
    tenantId: tenantIdentifier,
    program: tenantIdentifier,
    transferId: z.uuid(),
    from: identifier.describe('The customer who gave them'),
    to: identifier.describe('The customer who got them'),
    points: z.int().positive(),
    reference: z.string().nullable(),
    transferredAt: instant,
  }),
  example: {
    tenantId: 'default',
    program: 'points',
    transferId: '3f0d6b0c-9b52-5d0e-a2f1-5d6c0f0b8a21',
    from: 'c-1007',
    to: 'c-1008',
    points: 100,
    reference: 'birthday',
    transferredAt: '2026-11-21T10:25:00Z',
  },
});
