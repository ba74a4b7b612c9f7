import type { Campaign } from '#shared/domain/campaigns/campaign.ts';
import type { CampaignIndex } from '#shared/stores/postgres/campaign-index.ts';
import type { Dependencies } from '../dependencies.ts';
import { campaignNotFound, noTenant } from '../refusals.ts';

type Stores = Pick<Dependencies, 'campaigns' | 'campaignIndexes' | 'clock'>;

type Wanted = Readonly<{
  tenantId: string;
  action: string;
  campaignIds?: readonly string[] | undefined;
  includeDrafts: boolean;
}>;

/** How many drafts are tried at once. */
const draftsMax = 50;

/**
 * The campaigns that an event is tried on, as they are now and not as memories know them: people try what they have just saved.
 * @throws HttpProblem when there is no active tenant, or no campaign of a name.
 */
export const loadCandidates = async (stores: Stores, wanted: Wanted): Promise<CampaignIndex> => {
  const { tenantId, action, campaignIds, includeDrafts } = wanted;
  const index = await stores.campaignIndexes.load(tenantId, action);
  if (index?.tenant.status !== 'ACTIVE') throw noTenant(tenantId);
  if (campaignIds !== undefined) {
    const campaigns = await findAll(stores, tenantId, campaignIds);
    return { ...index, campaigns };
  }
  const drafts = includeDrafts ? await draftsOf(stores, tenantId, action) : [];
  return { ...index, campaigns: [...index.campaigns, ...drafts] };
};

const draftsOf = (
  { campaigns, clock }: Stores,
  tenantId: string,
  action: string,
): Promise<readonly Campaign[]> =>
  campaigns.page(tenantId, {
    filter: { status: 'DRAFT', action, archived: false, now: clock() },
    page: { limit: draftsMax },
  });

const findAll = (
  { campaigns }: Stores,
  tenantId: string,
  campaignIds: readonly string[],
): Promise<readonly Campaign[]> =>
  Promise.all(
    [...new Set(campaignIds)].map(async (campaignId) => {
      const campaign = await campaigns.find({ tenantId, campaignId });
      if (campaign === undefined) throw campaignNotFound({ campaignId });
      return campaign;
    }),
  );
