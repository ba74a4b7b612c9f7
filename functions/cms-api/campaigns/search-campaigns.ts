import { z } from 'zod';
import { tenantIdentifier } from '#shared/eventing/contracts/fields.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { actionCode } from '../fields.ts';
import { noTenant, requireOwnTenant } from '../refusals.ts';
import { campaignTerms, shownTerms } from './campaign-document.ts';

const foundCampaigns = z
  .object({
    campaigns: z.array(z.object({ campaignId: z.uuid(), version: z.int(), terms: campaignTerms })),
  })
  .meta({ id: 'FoundCampaigns' });

/** GET /campaigns/search: what evaluate-campaign would ask about an event of an action, as it would read it now. */
export const searchCampaigns = ({ campaignIndexes }: Pick<Dependencies, 'campaignIndexes'>) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/campaigns/search',
    id: 'searchCampaigns',
    summary: 'List the active campaigns for an action',
    scope: 'cms:read',
    params: z.object({}),
    query: z.object({
      tenantId: tenantIdentifier.optional().describe("Defaults to the token's tenant"),
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
