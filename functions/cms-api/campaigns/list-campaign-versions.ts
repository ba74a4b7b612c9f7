import { z } from 'zod';
import { versionMax } from '#shared/eventing/contracts/fields.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import { campaignPath, pageQuery, toPage } from '../parameters.ts';
import { type CampaignAccess, findCampaign, keyOf } from './change-campaign.ts';
import { campaignVersionsAnswer, showCampaignVersion } from './version-answer.ts';

/** GET …/versions: everything that a campaign ever said. */
export const listCampaignVersions = (dependencies: CampaignAccess) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/campaigns/{campaignId}/versions',
    id: 'listCampaignVersions',
    summary: 'List the versions of a campaign, newest first',
    scope: 'cms:read',
    params: campaignPath,
    query: pageQuery(z.int().min(1).max(versionMax)),
    response: campaignVersionsAnswer,
    problems: { 404: 'The campaign does not exist' },
    handle: async ({ params, query: { limit, cursor: below }, caller }) => {
      const key = keyOf(caller, params);
      await findCampaign(dependencies, key);
      const found = await dependencies.campaigns.versions(key, { limit: limit + 1, below });
      const { items, nextCursor } = toPage(found, limit, ({ version }) => version);
      return { versions: items.map(showCampaignVersion), nextCursor };
    },
  });
