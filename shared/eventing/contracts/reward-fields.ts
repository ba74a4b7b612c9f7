import { z } from 'zod';
import { amountMinorMax } from '#shared/domain/money/minor-units.ts';
import { identifier, instant, slug, text, versionNumber } from './fields.ts';

/** The unit of a reward: POINTS, or the ISO 4217 code whose minor units are counted. */
export const rewardCurrency = z
  .string('must be a string')
  .regex(/^([A-Z]{3}|POINTS)$/, 'must be POINTS or an ISO 4217 code such as INR');

const amountError = `must be a whole number from 0 to ${amountMinorMax}`;

/** What an incentive gives. */
export const rewardFields = {
  type: z.enum(['CASHBACK', 'POINTS', 'COUPON']),
  amount: z
    .int(amountError)
    .min(0, amountError)
    .max(amountMinorMax, amountError)
    .describe('Points, or minor units of the currency; 1 for a coupon'),
  currency: rewardCurrency.optional().describe('Omitted for a coupon'),
  program: slug
    .optional()
    .describe('Program that it is credited to; omitted if it is not credited'),
};

/** Which incentive of whom. */
export const incentiveFields = {
  incentiveId: z.uuid().describe('Derived from the qualification, so a repeat has the same id'),
  tenantId: slug,
  userId: identifier,
  campaignId: z.uuid(),
  campaignVersion: versionNumber,
  eventId: identifier.describe('Qualifying event; for a quest, the event that completed it'),
  qualifiedAt: instant.describe('Event time'),
};

/** What was given. */
export const givenReward = z.object({ ...rewardFields, couponCode: text.optional() });

/** An incentive of points, for examples. */
export const incentiveExample = {
  incentiveId: '3c7f4c2e-8d0a-5f0e-9a52-0d6a5c1b7e11',
  tenantId: 'default',
  userId: 'c-1007',
  campaignId: '6f9b1c52-5d0e-4a3e-9f5c-1a2b3c4d5e6f',
  campaignVersion: 1,
  eventId: 'e-900001',
  qualifiedAt: '2026-11-21T10:15:00Z',
};

/** What it gave. */
export const rewardExample = {
  type: 'POINTS',
  amount: 50,
  currency: 'POINTS',
  program: 'points',
} as const;
