import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { identifier, instant, tenantIdentifier } from './fields.ts';

/** The date of a lot came and it was closed: said once per closing, under the same id however often. */
export const PointsExpired = defineContract({
  type: 'guerdon.points.expired.v1',
  topic: 'points-events',
  summary: 'Points lapsed because their date came.',
  schema: z.object({
    tenantId: tenantIdentifier,
    customerId: identifier,
    program: tenantIdentifier,
    lotId: z
      .uuid()
      .describe(
        'A lot may be closed again, when a late order was paid into it or a reservation ended',
      ),
    points: z.int().nonnegative().describe('What lapsed'),
    settled: z.int().nonnegative().describe('What did not lapse, because it settled a debt'),
    expiresAt: instant.describe('Since when they cannot be used'),
  }),
  example: {
    tenantId: 'default',
    customerId: 'c-1007',
    program: 'points',
    lotId: '5f0c6c5b-54a3-5d0b-8a4e-0f6f3d1c2b7a',
    points: 12,
    settled: 0,
    expiresAt: '2027-11-21T18:30:00Z',
  },
});
