import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { identifier, instant, text } from './fields.ts';
import { givenReward, incentiveExample, incentiveFields, rewardExample } from './reward-fields.ts';

/** A user was given an incentive. Published once per incentive; a repeat carries the same id. */
export const IncentiveGenerated = defineContract({
  type: 'guerdon.incentive.generated.v1',
  topic: 'incentive-generated',
  summary: 'An incentive was issued to a user.',
  schema: z.object({
    ...incentiveFields,
    reward: givenReward,
    issuedAt: instant,
    expiresAt: instant.optional(),
  }),
  example: {
    ...incentiveExample,
    reward: rewardExample,
    issuedAt: '2026-11-21T10:15:00.120Z',
  },
});

const cap = z.object({
  kind: z.literal('cap'),
  scope: z.enum(['GLOBAL', 'USER', 'CAMPAIGN', 'CAMPAIGN_USER']),
  subject: z.string().describe('Subject that the cap applies to'),
  period: z.enum(['day', 'total', 'window']),
  measure: z.string().describe('count, or the unit of the amount'),
  max: z.int().nonnegative(),
  used: z.int().nonnegative().describe('Usage before this incentive'),
  asked: z.int().nonnegative().describe('Requested by this incentive'),
});

/** Why an incentive was not given. */
export const refusedBy = z.discriminatedUnion('kind', [
  cap,
  z.object({ kind: z.literal('no-coupon'), pool: z.string() }),
  z.object({ kind: z.literal('reversed') }),
  z.object({ kind: z.literal('too-late') }),
  z.object({ kind: z.literal('no-program'), program: z.string() }),
]);

/** A user qualified and was refused. Published once per incentive, with the cap that refused it. */
export const IncentiveRefused = defineContract({
  type: 'guerdon.incentive.refused.v1',
  topic: 'incentive-generated',
  summary: 'A user qualified, but the incentive was refused.',
  schema: z.object({ ...incentiveFields, refusedBy, refusedAt: instant }),
  example: {
    ...incentiveExample,
    refusedBy: {
      kind: 'cap',
      scope: 'GLOBAL',
      subject: 'tenant',
      period: 'day',
      measure: 'count',
      max: 1_000,
      used: 1_000,
      asked: 1,
    },
    refusedAt: '2026-11-21T10:15:00.120Z',
  },
});

const { incentiveId, tenantId } = incentiveFields;

/**
 * Somebody, or the reversal of an event, requests that an incentive be reversed. One not yet issued
 * then never is.
 */
export const IncentiveReversalRequested = defineContract({
  type: 'guerdon.incentive.reversal-requested.v1',
  topic: 'campaign-qualified',
  summary: 'Requests the reversal of an incentive.',
  schema: z.object({
    incentiveId,
    tenantId,
    userId: identifier,
    campaignId: incentiveFields.campaignId,
    campaignVersion: incentiveFields.campaignVersion,
    eventId: incentiveFields.eventId,
    reason: text.min(1).max(200),
    requestedBy: text.describe('Subject of the token, or the reversed event'),
    requestedAt: instant,
  }),
  example: {
    incentiveId: '3c7f4c2e-8d0a-5f0e-9a52-0d6a5c1b7e11',
    tenantId: 'default',
    userId: 'c-1007',
    campaignId: '6f9b1c52-5d0e-4a3e-9f5c-1a2b3c4d5e6f',
    campaignVersion: 1,
    eventId: 'e-900001',
    reason: 'the purchase was cancelled',
    requestedBy: 'ann@example.com',
    requestedAt: '2026-11-23T10:00:00Z',
  },
});

/** An incentive was reversed. Published once per incentive. */
export const IncentiveReversed = defineContract({
  type: 'guerdon.incentive.reversed.v1',
  topic: 'incentive-generated',
  summary: 'An incentive was reversed.',
  schema: z.object({
    ...incentiveFields,
    reward: givenReward,
    reversedAt: instant,
  }),
  example: {
    ...incentiveExample,
    reward: rewardExample,
    reversedAt: '2026-11-23T10:00:00Z',
  },
});

/** An incentive reached its date. Published once per incentive. */
export const IncentiveExpired = defineContract({
  type: 'guerdon.incentive.expired.v1',
  topic: 'incentive-generated',
  summary: 'An incentive expired.',
  schema: z.object({
    ...incentiveFields,
    reward: givenReward,
    expiredAt: instant,
  }),
  example: {
    ...incentiveExample,
    reward: rewardExample,
    expiredAt: '2026-11-23T10:00:00Z',
  },
});
