import type { AnyRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { copyCampaign, createCampaign, updateCampaign } from './change-routes.ts';
import { getCampaign, listCampaigns, searchCampaigns } from './list-routes.ts';
import { activateCampaign, stopCampaign } from './status-routes.ts';
import { getCampaignDiff, getCampaignVersion, listCampaignVersions } from './version-routes.ts';

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
