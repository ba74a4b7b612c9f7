import { z } from 'zod';
import { instant } from '#shared/eventing/contracts/fields.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import { actionCode, oneOf } from '../fields.ts';
import { pageQuery, tenantPath, toPage } from '../parameters.ts';
import { campaignStatuses, campaignsAnswer, showCampaign } from './campaign-answer.ts';
import type { CampaignAccess } from './change-campaign.ts';

const query = pageQuery(z.uuid()).extend({
  status: oneOf(...campaignStatuses).optional(),
  type: oneOf('SIMPLE', 'QUEST').optional(),
  action: actionCode.optional().describe('Campaigns with this action'),
  name: z.string().max(100).optional().describe('Name prefix, case-insensitive'),
  activeAt: instant.optional().describe('Active at this time'),
  archived: oneOf('true', 'false').default('false').describe('Only archived campaigns'),
});

/** GET …/campaigns: the campaigns of a tenant that pass all filters given. */
export const listCampaigns = ({ campaigns, clock }: CampaignAccess) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/tenants/{tenantId}/campaigns',
    id: 'listCampaigns',
    summary: 'List campaigns, newest first',
    scope: 'cms:read',
    params: tenantPath,
    query,
    response: campaignsAnswer,
    handle: async ({ params: { tenantId }, query: { limit, cursor: after, ...asked } }) => {
      const now = clock();
      const { name: namePrefix, archived, ...rest } = asked;
      const filter = { ...rest, namePrefix, archived: archived === 'true', now };
      const page = { limit: limit + 1, after };
      const found = await campaigns.page(tenantId, { filter, page });
      const { items, nextCursor } = toPage(found, limit, ({ campaignId }) => campaignId);
      return { campaigns: items.map((campaign) => showCampaign(campaign, now)), nextCursor };
    },
  });
