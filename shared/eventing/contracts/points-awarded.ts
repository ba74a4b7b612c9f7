import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { currencyCode, identifier, instant, tenantIdentifier } from './fields.ts';

/** An order was paid in points: said once per order and program, under the same id however often it is said. */
export const PointsAwarded = defineContract({
  type: 'guerdon.points.awarded.v1',
  topic: 'points-events',
  summary: 'An order was paid in points.',
  schema: z.object({
    tenantId: tenantIdentifier,
    customerId: identifier,
    program: tenantIdentifier.describe('The program that paid'),
    orderId: identifier,
    points: z.int().nonnegative().describe('Points credited; 0 for an order below one step'),
    amountMinor: z.int().positive(),
    currency: currencyCode,
    ruleVersion: z.int().positive().describe('The version of the earning rule that decided'),
    lotId: z
      .uuid()
      .describe('The lot the points went into; the nil UUID is the one that never lapses'),
    pending: z.boolean().describe('Whether the points cannot be used yet'),
    placedAt: instant,
  }),
  example: {
    tenantId: 'default',
    customerId: 'c-1007',
    program: 'points',
    orderId: 'o-500017',
    points: 12,
    amountMinor: 125_050,
    currency: 'INR',
    ruleVersion: 1,
    lotId: '00000000-0000-0000-0000-000000000000',
    pending: false,
    placedAt: '2026-11-21T10:15:00Z',
  },
});
