import { z } from 'zod';
import { instant, slug } from '#shared/eventing/contracts/fields.ts';
import { pageQuery, toPage } from '#shared/runtime/http/requests/page.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { actionCode, oneOf } from '../fields.ts';
import { campaignPath, tenantPath } from '../parameters.ts';
import { noTenant, requireOwnTenant } from '../refusals.ts';
import {
  answerCampaign,
  campaignAnswer,
  campaignStatuses,
  campaignsAnswer,
  showCampaign,
} from './answer.ts';
import { type CampaignAccess, findCampaign, keyOf } from './change-campaign.ts';
import { campaignTerms, shownTerms } from './document.ts';

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

const foundCampaigns = z
  .object({
    campaigns: z.array(z.object({ campaignId: z.uuid(), version: z.int(), terms: campaignTerms })),
  })
  .meta({ id: 'FoundCampaigns' });

/**
 * GET /campaigns/search: the campaigns that evaluate-campaign would evaluate for an event of an
 * action, as it would load them now.
 */
export const searchCampaigns = ({ campaignIndexes }: Pick<Dependencies, 'campaignIndexes'>) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/campaigns/search',
    id: 'searchCampaigns',
    summary: 'List the active campaigns for an action',
    scope: 'cms:read',
    params: z.object({}),
    query: z.object({
      tenantId: slug.optional().describe("Defaults to the token's tenant"),
      action: actionCode,
    }),
    response: foundCampaigns,
    problems: { 404: "The token's tenant does not exist" },
    handle: async ({ query: { tenantId: named, action }, caller }) => {
      const tenantId = requireOwnTenant(caller, named);
      const index = await campaignIndexes.load(tenantId, action);
      if (index === undefined) throw noTenant(tenantId);
      return {
        campaigns: index.campaigns.map(({ campaignId, version, terms }) => ({
          campaignId,
          version,
          terms: shownTerms(terms),
        })),
      };
    },
  });

/** GET /campaigns/{campaignId}: a campaign with its current terms. */
export const getCampaign = (dependencies: CampaignAccess) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/campaigns/{campaignId}',
    id: 'getCampaign',
    summary: 'Get a campaign',
    scope: 'cms:read',
    params: campaignPath,
    query: z.object({}),
    sends: ['etag'],
    response: campaignAnswer,
    problems: { 404: 'The campaign does not exist' },
    handle: async ({ params, caller }) => {
      const campaign = await findCampaign(dependencies, keyOf(caller, params));
      return answerCampaign(campaign, dependencies.clock());
    },
  });
