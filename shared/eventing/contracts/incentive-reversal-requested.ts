import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { identifier, instant, text } from './fields.ts';
import { incentiveFields } from './reward-fields.ts';

const { incentiveId, tenantId } = incentiveFields;

/** Somebody, or the reversal of an event, asks for an incentive to be taken back. Before it is issued, it never will be. */
export const IncentiveReversalRequested = defineContract({
  type: 'guerdon.incentive.reversal-requested.v1',
  topic: 'campaign-qualified',
  summary: 'An incentive is to be taken back.',
  schema: z.object({
    incentiveId,
    tenantId,
    userId: identifier,
    campaignId: incentiveFields.campaignId,
    campaignVersion: incentiveFields.campaignVersion,
    eventId: incentiveFields.eventId,
    reason: text.min(1).max(200),
    requestedBy: text.describe('The subject of the token, or the event'),
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
