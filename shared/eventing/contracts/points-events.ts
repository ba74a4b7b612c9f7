import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { currencyCode, identifier, instant, slug, walletExample, walletFields } from './fields.ts';

/** An order earned points. Published once per order and program; a repeat carries the same id. */
export const PointsAwarded = defineContract({
  type: 'guerdon.points.awarded.v1',
  topic: 'points-events',
  summary: 'An order earned points.',
  schema: z.object({
    ...walletFields,
    orderId: identifier,
    points: z
      .int()
      .nonnegative()
      .describe('Points credited; 0 if the order is too small to earn a point'),
    amountMinor: z.int().positive(),
    currency: currencyCode,
    ruleVersion: z.int().positive().describe('Version of the earning rule that applied'),
    lotId: z
      .uuid()
      .describe('Lot that the points were added to; the nil UUID is the everlasting lot'),
    pending: z.boolean().describe('true if the points cannot be used yet'),
    placedAt: instant,
  }),
  example: {
    ...walletExample,
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

/**
 * A refund reversed points of an order. Published once per refund and program; a repeat carries the
 * same id.
 */
export const PointsReversed = defineContract({
  type: 'guerdon.points.reversed.v1',
  topic: 'points-events',
  summary: 'Points of an order were reversed because of a refund.',
  schema: z.object({
    ...walletFields,
    orderId: identifier,
    refundId: identifier,
    amountMinor: z.int().nonnegative().describe('Refunded amount in minor units'),
    currency: currencyCode,
    points: z.int().nonnegative().describe('Points that the order no longer earns'),
    writtenOff: z
      .int()
      .nonnegative()
      .describe('Of these, the points that the customer keeps under the refund policy'),
    refundedAt: instant,
  }),
  example: {
    ...walletExample,
    orderId: 'o-500017',
    refundId: 'r-77',
    amountMinor: 25_050,
    currency: 'INR',
    points: 2,
    writtenOff: 0,
    refundedAt: '2026-11-23T04:30:00Z',
  },
});

/** The points of an order changed because another order or refund arrived late. */
export const PointsRevised = defineContract({
  type: 'guerdon.points.revised.v1',
  topic: 'points-events',
  summary: 'The points of an order changed because of another order or refund.',
  schema: z.object({
    ...walletFields,
    orderId: identifier,
    points: z.int().describe('Change of the points, negative if the order earns fewer'),
    because: z.string().describe('Order or refund that caused the change'),
  }),
  example: {
    ...walletExample,
    orderId: 'o-500018',
    points: -4,
    because: 'refund r-77',
  },
});

/**
 * Pending points of a lot can be used now. Published once per release; a repeat carries the same
 * id.
 */
export const PointsReleased = defineContract({
  type: 'guerdon.points.released.v1',
  topic: 'points-events',
  summary: 'Pending points became available.',
  schema: z.object({
    ...walletFields,
    lotId: z.uuid().describe('A lot is released again if a late order is paid into it'),
    points: z.int().positive(),
    availableAt: instant.describe('When they became available'),
    expiresAt: instant.nullable().describe('When they expire; null: never'),
    orderId: identifier
      .optional()
      .describe('For points that waited for progress of an order: the order'),
  }),
  example: {
    ...walletExample,
    lotId: '5f0c6c5b-54a3-5d0b-8a4e-0f6f3d1c2b7a',
    points: 12,
    availableAt: '2026-12-21T10:15:00Z',
    expiresAt: '2027-11-21T18:30:00Z',
  },
});

/**
 * A lot reached its date and was closed. Published once per closing; a repeat carries the same id.
 */
export const PointsExpired = defineContract({
  type: 'guerdon.points.expired.v1',
  topic: 'points-events',
  summary: 'Points of a lot expired.',
  schema: z.object({
    ...walletFields,
    lotId: z
      .uuid()
      .describe('A lot is closed again if a late order is paid into it or a reservation ends'),
    points: z.int().nonnegative().describe('Points that expired'),
    settled: z.int().nonnegative().describe('Points that paid a debt instead of expiring'),
    expiresAt: instant.describe('When they expired'),
  }),
  example: {
    ...walletExample,
    lotId: '5f0c6c5b-54a3-5d0b-8a4e-0f6f3d1c2b7a',
    points: 12,
    settled: 0,
    expiresAt: '2027-11-21T18:30:00Z',
  },
});

/** A customer spent points. Published once per redemption, when it is committed. */
export const PointsRedeemed = defineContract({
  type: 'guerdon.points.redeemed.v1',
  topic: 'points-events',
  summary: 'A customer spent points.',
  schema: z.object({
    ...walletFields,
    redemptionId: z.uuid(),
    reserved: z.int().positive().describe('Points that were reserved'),
    points: z.int().positive().describe('Points spent; the rest were released'),
    reference: z.string().nullable().describe('Purpose from the request; null: none'),
    redeemedAt: instant,
  }),
  example: {
    ...walletExample,
    redemptionId: '0c5f5b0e-6c1d-5a51-9d55-7b7f9c1f4a10',
    reserved: 500,
    points: 450,
    reference: 'o-500018',
    redeemedAt: '2026-11-21T10:20:00Z',
  },
});

/** Somebody credited or debited points by hand. Published once per adjustment. */
export const PointsAdjusted = defineContract({
  type: 'guerdon.points.adjusted.v1',
  topic: 'points-events',
  summary: 'A wallet was adjusted by hand.',
  schema: z.object({
    ...walletFields,
    adjustmentId: z.uuid(),
    points: z.int().describe('Points to credit if positive, to debit if negative'),
    reason: z.string(),
    adjustedBy: z.string().describe('Subject of the token'),
    adjustedAt: instant,
  }),
  example: {
    ...walletExample,
    adjustmentId: '9d1f7a5e-2f7d-5c0b-8f6b-3d9d1f0c7e32',
    points: 250,
    reason: 'an apology for a late delivery',
    adjustedBy: 'ann@example.com',
    adjustedAt: '2026-11-21T10:30:00Z',
  },
});

/** Points went from one customer to another. Published once per transfer, under the giver's key. */
export const PointsTransferred = defineContract({
  type: 'guerdon.points.transferred.v1',
  topic: 'points-events',
  summary: 'A customer transferred points to another.',
  schema: z.object({
    tenantId: slug,
    program: slug,
    transferId: z.uuid(),
    from: identifier.describe('Customer who transferred the points'),
    to: identifier.describe('Customer who received the points'),
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
