import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { instant, tenantIdentifier, text, versionNumber } from './fields.ts';

/** A campaign was saved, activated, paused, ended or archived: whoever keeps campaigns in memory reads them again. */
export const CampaignChanged = defineContract({
  type: 'guerdon.campaign.changed.v1',
  topic: 'campaign-events',
  summary: 'A campaign was changed.',
  schema: z.object({
    tenantId: tenantIdentifier,
    campaignId: z.uuid(),
    version: versionNumber,
    status: z.enum(['DRAFT', 'ACTIVE', 'PAUSED', 'ENDED']),
    change: text.describe(
      'In the past tense: created, updated, activated, paused, ended, archived',
    ),
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
