import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { identifier, instant, tenantIdentifier } from './fields.ts';

/** A customer spent points: said once per redemption, when it is committed. */
export const PointsRedeemed = defineContract({
  type: 'guerdon.points.redeemed.v1',
  topic: 'points-events',
  summary: 'A customer spent points.',
  schema: z.object({
    tenantId: tenantIdentifier,
    customerId: identifier,
    program: tenantIdentifier,
    redemptionId: z.uuid(),
    reserved: z.int().positive().describe('What had been set aside'),
    points: z.int().positive().describe('What was spent of it'),
    reference: z.string().nullable().describe('What the shop calls it; null: it did not say'),
    redeemedAt: instant,
  }),
  example: {
    tenantId: 'default',
    customerId: 'c-1007',
    program: 'points',
    redemptionId: '0c5f5b0e-6c1d-5a51-9d55-7b7f9c1f4a10',
    reserved: 500,
    points: 450,
    reference: 'o-500018',
    redeemedAt: '2026-11-21T10:20:00Z',
  },
});
