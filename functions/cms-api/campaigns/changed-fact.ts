import { CampaignChanged } from '#shared/eventing/contracts/campaign-changed.ts';
import type { Fact } from '#shared/eventing/fact.ts';
import { requestFact } from '#shared/runtime/request-fact.ts';
import type { StoredCampaign } from '#shared/stores/postgres/campaign-rows.ts';

/** Says what was done to a campaign, once for each of its revisions. */
export const changedFact =
  (changedBy: string) =>
  (campaign: StoredCampaign, change: string): Fact => {
    const { tenantId, campaignId, version, revision, status, updatedAt } = campaign;
    return requestFact(CampaignChanged, {
      cause: [tenantId, campaignId, String(revision)],
      partitionKey: campaignId,
      time: updatedAt,
      data: {
        tenantId,
        campaignId,
        version,
        status,
        change,
        changedBy,
        changedAt: updatedAt.toISOString(),
      },
    });
  };
