import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { instant, slug } from './fields.ts';

const fields = {
  tenantId: slug,
  campaignId: z.uuid(),
  hits: z
    .int()
    .nonnegative()
    .describe(
      'Estimated hits in the window that decided; never below the exact count unless it is 65,535',
    ),
  hotSince: instant.describe('Start of the window in which it became hot'),
  windowSeconds: z.int().positive(),
};

const example = {
  tenantId: 'default',
  campaignId: '6f9b1c52-5d0e-4a3e-9f5c-1a2b3c4d5e6f',
  hits: 5_000,
  hotSince: '2026-11-21T10:10:00Z',
  windowSeconds: 600,
};

/**
 * A campaign has become hot: its hits in a window reached the threshold. Published once per change;
 * a repeat carries the same id.
 */
export const CampaignHeated = defineContract({
  type: 'guerdon.campaign.heated.v1',
  topic: 'campaign-heat',
  summary: 'A campaign has become hot.',
  schema: z.object(fields),
  example,
});

/**
 * A hot campaign has had a whole window with few hits. Published once per change; a repeat carries
 * the same id. Where Redis lost which campaigns were hot, it is missing.
 */
export const CampaignCooled = defineContract({
  type: 'guerdon.campaign.cooled.v1',
  topic: 'campaign-heat',
  summary: 'A hot campaign has cooled.',
  schema: z.object(fields),
  example: { ...example, hits: 120 },
});
