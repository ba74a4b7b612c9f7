import { z } from 'zod';
import { identifier, instant, tenantIdentifier } from './fields.ts';

/** The unit of a reward: POINTS, or the ISO 4217 code whose minor units are counted. */
export const rewardCurrency = z
  .string('must be a string')
  .regex(/^([A-Z]{3}|POINTS)$/, 'must be POINTS or an ISO 4217 code such as INR');

/** What an incentive gives. */
export const rewardFields = {
  type: z.enum(['CASHBACK', 'POINTS', 'COUPON']),
  amount: z.int().nonnegative().describe('Points, or minor units of the currency; 1 for a coupon'),
  currency: rewardCurrency.optional().describe('Left out for a coupon'),
  program: tenantIdentifier.optional().describe('Where it is credited; left out where it is not'),
};

/** Which incentive of whom. */
export const incentiveFields = {
  incentiveId: z.uuid().describe('The same for the same qualification, always'),
  tenantId: tenantIdentifier,
  userId: identifier,
  campaignId: z.uuid(),
  campaignVersion: z.int().positive(),
  eventId: identifier.describe('The event that qualified; of a quest, the one that completed it'),
  qualifiedAt: instant.describe('Event time'),
};
