import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { identifier, instant, tenantIdentifier } from './fields.ts';

/** Pending points of a lot can be used now: said once per release, under the same id however often. */
export const PointsReleased = defineContract({
  type: 'guerdon.points.released.v1',
  topic: 'points-events',
  summary: 'Pending points can be used now.',
  schema: z.object({
    tenantId: tenantIdentifier,
    customerId: identifier,
    program: tenantIdentifier,
    lotId: z.uuid().describe('A lot may be released again, when a late order was paid into it'),
    points: z.int().positive(),
    availableAt: instant.describe('Since when they can be used'),
    expiresAt: instant.nullable().describe('When they expire; null: never'),
    orderId: identifier
      .optional()
      .describe('Of points that waited for an event: the order whose event came'),
  }),
  example: {
    tenantId: 'default',
    customerId: 'c-1007',
    program: 'points',
    lotId: '5f0c6c5b-54a3-5d0b-8a4e-0f6f3d1c2b7a',
    points: 12,
    availableAt: '2026-12-21T10:15:00Z',
    expiresAt: '2027-11-21T18:30:00Z',
  },
});
