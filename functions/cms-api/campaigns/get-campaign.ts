import { z } from 'zod';
import { defineRoute } from '#shared/runtime/route.ts';
import { campaignPath } from '../parameters.ts';
import { answerCampaign, campaignAnswer } from './campaign-answer.ts';
import { type CampaignAccess, findCampaign, keyOf } from './change-campaign.ts';

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
