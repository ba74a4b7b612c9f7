import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { identifier, instant, slug, text, versionNumber } from './fields.ts';
import { incentiveExample, incentiveFields, rewardFields } from './reward-fields.ts';

/**
 * A campaign was saved, activated, paused, ended or archived: functions that cache campaigns reload
 * it.
 */
export const CampaignChanged = defineContract({
  type: 'guerdon.campaign.changed.v1',
  topic: 'campaign-events',
  summary: 'A campaign was changed.',
  schema: z.object({
    tenantId: slug,
    campaignId: z.uuid(),
    version: versionNumber,
    status: z.enum(['DRAFT', 'ACTIVE', 'PAUSED', 'ENDED']),
    change: text.describe('created, updated, activated, paused, ended or archived'),
    changedBy: text.describe('Subject of the token'),
    changedAt: instant,
  }),
  example: {
    tenantId: 'default',
    campaignId: '6f9b1c52-5d0e-4a3e-9f5c-1a2b3c4d5e6f',
    version: 2,
    status: 'ACTIVE',
    change: 'activated',
    changedBy: 'ann@example.com',
    changedAt: '2026-11-21T10:30:00Z',
  },
});

/**
 * Actions met the clauses of campaigns: those of a tenant that were decided in one batch, together.
 * A redelivered action may be counted again, in another event.
 */
export const CampaignsHit = defineContract({
  type: 'guerdon.campaigns.hit.v1',
  topic: 'campaign-hits',
  summary: 'Actions met the clauses of campaigns or of their steps, counted by campaign.',
  schema: z.object({
    tenantId: slug,
    hits: z
      .record(z.uuid(), z.int().min(1).max(1_000_000))
      .describe('How many actions met the clauses of a campaign, by its id'),
  }),
  example: {
    tenantId: 'default',
    hits: { '6f9b1c52-5d0e-4a3e-9f5c-1a2b3c4d5e6f': 12 },
  },
});

const { tenantId, userId, ...choiceFields } = incentiveFields;

const choice = z.object({
  ...choiceFields,
  reward: z.object({
    ...rewardFields,
    pool: slug.optional().describe('Coupon pool'),
    expiresAt: instant.optional(),
  }),
});

const entitlement = z.object({
  priority: z.int().min(0).max(1_000_000).describe('Lower is decided first'),
  choices: z
    .array(choice)
    .min(1)
    .describe('Only the first choice that has anything left is issued'),
});

const { tenantId: exampleTenant, userId: exampleUser, ...exampleChoice } = incentiveExample;

/**
 * An event entitles its user to rewards; whether caps allow them is decided next, for all of them
 * at once and in their order.
 */
export const CampaignQualified = defineContract({
  type: 'guerdon.campaign.qualified.v1',
  topic: 'campaign-qualified',
  summary: 'A user qualified for rewards with an event; caps are not checked yet.',
  schema: z.object({
    tenantId,
    userId,
    eventId: identifier.describe('Qualifying event, or the event that completed a quest'),
    entitlements: z.array(entitlement).min(1).describe('In the order of decision'),
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
