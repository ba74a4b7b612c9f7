import { HttpProblem } from '#shared/runtime/problem.ts';
import type { CampaignKey } from '#shared/stores/postgres/campaign-rows.ts';
import type { CampaignVersion } from '#shared/stores/postgres/campaign-store.ts';
import { type CampaignAccess, findCampaign } from './change-campaign.ts';

/** A version of a campaign of the caller's tenant. @throws HttpProblem when there is no such campaign or version. */
export const findVersion = async (
  dependencies: CampaignAccess,
  key: CampaignKey,
  version: number,
): Promise<CampaignVersion> => {
  const found = await dependencies.campaigns.version({ ...key, version });
  if (found !== undefined) return found;
  await findCampaign(dependencies, key);
  const detail = `Version ${version} of the campaign does not exist`;
  throw new HttpProblem(404, 'version-not-found', detail);
};
