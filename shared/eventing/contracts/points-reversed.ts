import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { currencyCode, identifier, instant, tenantIdentifier } from './fields.ts';

/** Points of an order were taken back for a refund: said once per refund and program, under the same id however often. */
export const PointsReversed = defineContract({
  type: 'guerdon.points.reversed.v1',
  topic: 'points-events',
  summary: 'Points of an order were taken back for a refund.',
  schema: z.object({
    tenantId: tenantIdentifier,
    customerId: identifier,
    program: tenantIdentifier,
    orderId: identifier,
    refundId: identifier,
    amountMinor: z.int().nonnegative().describe('What was refunded, in minor units'),
    currency: currencyCode,
    points: z.int().nonnegative().describe('What the order earned too much'),
    writtenOff: z.int().nonnegative().describe('Of these, what the customer keeps by the policy'),
    refundedAt: instant,
  }),
  example: {
    tenantId: 'default',
    customerId: 'c-1007',
    program: 'points',
    orderId: 'o-500017',
    refundId: 'r-77',
    amountMinor: 25_050,
    currency: 'INR',
    points: 2,
    writtenOff: 0,
    refundedAt: '2026-11-23T04:30:00Z',
  },
});
