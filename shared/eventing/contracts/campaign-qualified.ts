import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { identifier, instant, tenantIdentifier } from './fields.ts';
import { incentiveExample, incentiveFields, rewardFields } from './reward-fields.ts';

const { tenantId, userId, ...choiceFields } = incentiveFields;

const choice = z.object({
  ...choiceFields,
  reward: z.object({
    ...rewardFields,
    pool: tenantIdentifier.optional().describe('The pool of coupons'),
    expiresAt: instant.optional(),
  }),
});

const entitlement = z.object({
  priority: z.int().min(0).max(1_000_000).describe('Smaller is decided first'),
  choices: z
    .array(choice)
    .min(1)
    .describe('The first that has something left is given, and no other'),
});

const { tenantId: exampleTenant, userId: exampleUser, ...exampleChoice } = incentiveExample;

/** An event entitles its user to rewards; whether caps allow them is decided next, for all of them at once and in their order. */
export const CampaignQualified = defineContract({
  type: 'guerdon.campaign.qualified.v1',
  topic: 'campaign-qualified',
  summary: 'A user qualified for rewards by an event, before caps.',
  schema: z.object({
    tenantId,
    userId,
    eventId: identifier.describe('The event that qualified, or completed a quest'),
    entitlements: z.array(entitlement).min(1).describe('In the order in which they are decided'),
  }),
  example: {
    tenantId: exampleTenant,
    userId: exampleUser,
    eventId: exampleChoice.eventId,
    entitlements: [
      {
        priority: 100,
        choices: [
          { ...exampleChoice, reward: { type: 'CASHBACK', amount: 5_000, currency: 'INR' } },
        ],
      },
    ],
  },
});
