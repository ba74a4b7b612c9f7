import { z } from 'zod';
import { defineRoute } from '#shared/runtime/route.ts';
import { refuseBody } from '../fields.ts';
import { campaignPath } from '../parameters.ts';
import { answerCampaign, campaignAnswer } from './campaign-answer.ts';
import { campaignTerms } from './campaign-document.ts';
import {
  type CampaignAccess,
  changeCampaign,
  changeProblems,
  examineTerms,
  findCampaign,
  keyOf,
} from './change-campaign.ts';
import { decideUpdate, withinLoad } from './decide-change.ts';

/**
 * PUT /campaigns/{campaignId}: saves other terms as the next version, which an active campaign follows at once. Terms that are the
 * current ones change nothing.
 */
export const updateCampaign = (dependencies: CampaignAccess) =>
  defineRoute({
    method: 'PUT',
    path: '/api/v1/campaigns/{campaignId}',
    id: 'updateCampaign',
    summary: 'Update a campaign, as a new version',
    scope: 'cms:write',
    params: campaignPath,
    query: z.object({}),
    body: campaignTerms,
    ifMatch: 'required',
    sends: ['etag'],
    response: campaignAnswer,
    problems: changeProblems,
    handle: async ({ params, body: terms, caller, ifMatch }) => {
      const key = keyOf(caller, params);
      await findCampaign(dependencies, key);
      const { defects, costs } = await examineTerms(dependencies, key.tenantId, terms);
      refuseBody(defects);
      const now = dependencies.clock();
      const campaign = await changeCampaign(dependencies, key, {
        subject: caller.subject,
        ifMatch,
        costs,
        decide: (standing, active) =>
          withinLoad(decideUpdate(terms, standing, now), standing, { costs, active }),
      });
      return answerCampaign(campaign, now);
    },
  });
