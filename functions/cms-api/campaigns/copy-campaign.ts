import { z } from 'zod';
import { reply } from '#shared/runtime/reply.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import { label, strict } from '../fields.ts';
import { campaignPath } from '../parameters.ts';
import { noTenant } from '../refusals.ts';
import { campaignAnswer, campaignUrl, showCampaign, tagOf } from './campaign-answer.ts';
import { type CampaignAccess, findCampaign, keyOf } from './change-campaign.ts';
import { changedFact } from './changed-fact.ts';

const newCopy = strict({
  name: label(100).optional().describe("Defaults to the campaign's"),
}).meta({ id: 'NewCampaignCopy' });

/** POST /campaigns/{campaignId}:copy: makes a draft with the same terms, once per request, of any campaign. It is checked when it is activated. */
export const copyCampaign = (dependencies: CampaignAccess) =>
  defineRoute({
    method: 'POST',
    path: '/api/v1/campaigns/{campaignId}:copy',
    id: 'copyCampaign',
    summary: 'Copy a campaign to a new draft',
    scope: 'cms:write',
    params: campaignPath,
    query: z.object({}),
    body: newCopy,
    idempotent: true,
    status: 201,
    sends: ['etag', 'location'],
    response: campaignAnswer,
    problems: { 404: 'The campaign does not exist' },
    handle: async ({ params, body, caller, idempotencyKey: requestKey }) => {
      const { campaigns, tell, clock } = dependencies;
      const {
        tenantId,
        terms,
        campaignId: copyOf,
      } = await findCampaign(dependencies, keyOf(caller, params));
      const { subject } = caller;
      const copied = { ...terms, ...(body.name !== undefined && { name: body.name }) };
      const outcome = await campaigns.create(
        { tenantId, terms: copied, createdBy: subject, requestKey, copyOf },
        changedFact(subject),
      );
      if (outcome === undefined) throw noTenant(tenantId);
      const { campaign, facts } = outcome;
      await tell({ tenantId, facts });
      const headers = { location: campaignUrl(campaign), etag: tagOf(campaign) };
      return reply({ headers, body: showCampaign(campaign, clock()) });
    },
  });
