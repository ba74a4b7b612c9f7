import type { AnyRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { activateCampaign } from './activate-campaign.ts';
import { copyCampaign } from './copy-campaign.ts';
import { createCampaign } from './create-campaign.ts';
import { getCampaign } from './get-campaign.ts';
import { getCampaignDiff } from './get-campaign-diff.ts';
import { getCampaignVersion } from './get-campaign-version.ts';
import { listCampaignVersions } from './list-campaign-versions.ts';
import { listCampaigns } from './list-campaigns.ts';
import { searchCampaigns } from './search-campaigns.ts';
import { stopCampaign } from './stop-campaign.ts';
import { updateCampaign } from './update-campaign.ts';

/** Campaigns. */
export const campaignRoutes = (dependencies: Dependencies): readonly AnyRoute[] => [
  createCampaign(dependencies),
  searchCampaigns(dependencies),
  listCampaigns(dependencies),
  getCampaign(dependencies),
  updateCampaign(dependencies),
  activateCampaign(dependencies),
  stopCampaign(dependencies, 'pause'),
  stopCampaign(dependencies, 'end'),
  stopCampaign(dependencies, 'archive'),
  copyCampaign(dependencies),
  listCampaignVersions(dependencies),
  getCampaignVersion(dependencies),
  getCampaignDiff(dependencies),
];
