import { z } from 'zod';
import { versionMax } from '#shared/eventing/contracts/fields.ts';
import { wholeNumber } from '#shared/runtime/parameters.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import { campaignPath } from '../parameters.ts';
import { type CampaignAccess, keyOf } from './change-campaign.ts';
import { findVersion } from './find-version.ts';
import { campaignVersionAnswer, showCampaignVersion } from './version-answer.ts';

/** GET …/versions/{version}: what a campaign said. */
export const getCampaignVersion = (dependencies: CampaignAccess) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/campaigns/{campaignId}/versions/{version}',
    id: 'getCampaignVersion',
    summary: 'Get a version of a campaign',
    scope: 'cms:read',
    params: campaignPath.extend({ version: wholeNumber(1, versionMax) }),
    query: z.object({}),
    response: campaignVersionAnswer,
    problems: { 404: 'The campaign or version does not exist' },
    handle: async ({ params, caller }) =>
      showCampaignVersion(await findVersion(dependencies, keyOf(caller, params), params.version)),
  });
