import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { actionCode } from './action-performed.ts';
import { identifier, instant, tenantIdentifier } from './fields.ts';

/** An action met the clauses of campaigns: said once per action, under the same id however often it is said. */
export const CampaignHit = defineContract({
  type: 'guerdon.campaign.hit.v1',
  topic: 'campaign-hits',
  summary: 'An action met the clauses of campaigns, or of steps of theirs.',
  schema: z.object({
    tenantId: tenantIdentifier,
    userId: identifier,
    eventId: identifier,
    action: actionCode,
    campaignIds: z.array(z.uuid()).min(1).describe('Each once'),
    occurredAt: instant,
  }),
  example: {
    tenantId: 'default',
    userId: 'c-1007',
    eventId: 'e-900001',
    action: 'PURCHASE',
    campaignIds: ['6f9b1c52-5d0e-4a3e-9f5c-1a2b3c4d5e6f'],
    occurredAt: '2026-11-21T10:15:00Z',
  },
});
