import { z } from 'zod';
import { reply } from '#shared/runtime/reply.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import { refuseBody } from '../fields.ts';
import { noTenant, requireOwnTenant } from '../refusals.ts';
import { campaignAnswer, campaignUrl, showCampaign, tagOf } from './campaign-answer.ts';
import { newCampaign } from './campaign-document.ts';
import { type CampaignAccess, examineTerms } from './change-campaign.ts';
import { changedFact } from './changed-fact.ts';

/** POST /campaigns: saves a campaign, once per request. It is a draft that gives nothing until it is activated. */
export const createCampaign = (dependencies: CampaignAccess) =>
  defineRoute({
    method: 'POST',
    path: '/api/v1/campaigns',
    id: 'createCampaign',
    summary: 'Create a campaign as a draft',
    scope: 'cms:write',
    params: z.object({}),
    query: z.object({}),
    body: newCampaign,
    idempotent: true,
    status: 201,
    sends: ['etag', 'location'],
    response: campaignAnswer,
    problems: { 404: "The token's tenant does not exist" },
    handle: async ({ body: { tenantId: named, ...terms }, caller, idempotencyKey: requestKey }) => {
      const { campaigns, tell, clock } = dependencies;
      const tenantId = requireOwnTenant(caller, named);
      refuseBody((await examineTerms(dependencies, tenantId, terms)).defects);
      const { subject } = caller;
      const outcome = await campaigns.create(
        { tenantId, terms, createdBy: subject, requestKey },
        changedFact(subject),
      );
      if (outcome === undefined) throw noTenant(tenantId);
      const { campaign, facts } = outcome;
      await tell({ tenantId, facts });
      const headers = { location: campaignUrl(campaign), etag: tagOf(campaign) };
      return reply({ headers, body: showCampaign(campaign, clock()) });
    },
  });
