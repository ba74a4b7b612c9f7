import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { identifier, tenantIdentifier } from './fields.ts';

/** The points of an order changed because of another order or refund that came later than its place in time. */
export const PointsRevised = defineContract({
  type: 'guerdon.points.revised.v1',
  topic: 'points-events',
  summary: 'The points of an order changed because of another order or refund.',
  schema: z.object({
    tenantId: tenantIdentifier,
    customerId: identifier,
    program: tenantIdentifier,
    orderId: identifier,
    points: z.int().describe('More points, or fewer where negative'),
    because: z.string().describe('The order or refund that brought it'),
  }),
  example: {
    tenantId: 'default',
    customerId: 'c-1007',
    program: 'points',
    orderId: 'o-500018',
    points: -4,
    because: 'refund r-77',
  },
});
