import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { currencyCode, identifier, instant, tenantIdentifier } from './fields.ts';

/** An order was paid in points: said once per order, under the same id however often it is said. */
export const PointsAwarded = defineContract({
  type: 'guerdon.points.awarded.v1',
  topic: 'points-events',
  summary: 'An order was paid in points.',
  schema: z.object({
    tenantId: tenantIdentifier,
    customerId: identifier,
    orderId: identifier,
    points: z.int().nonnegative().describe('Points credited; 0 for an order below one step'),
    amountMinor: z.int().positive(),
    currency: currencyCode,
    ruleVersion: z.int().positive().describe('The version of the earning rule that decided'),
    lotId: z.uuid().describe('The lot the points went into'),
    placedAt: instant,
  }),
  example: {
    tenantId: 'default',
    customerId: 'c-1007',
    orderId: 'o-500017',
    points: 12,
    amountMinor: 125_050,
    currency: 'INR',
    ruleVersion: 1,
    lotId: '7c9b6a8e-3f5d-5a41-9d0e-2b6f7c1d4e5f',
    placedAt: '2026-11-21T10:15:00Z',
  },
});
