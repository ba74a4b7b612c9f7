import { z } from 'zod';
import { shownStatus } from '#shared/domain/campaigns/decide-change.ts';
import { shownInstant } from '#shared/runtime/http/body/body-fields.ts';
import { type Reply, reply } from '#shared/runtime/http/reply.ts';
import { nextCursor } from '#shared/runtime/http/requests/page.ts';
import type { StoredCampaign } from '#shared/stores/postgres/campaigns/campaign-rows.ts';
import type { CampaignVersion } from '#shared/stores/postgres/campaigns/campaign-store.ts';
import { byWord } from '../fields.ts';
import { campaignTerms, questFields, shownTerms, simpleFields } from './document.ts';

/** The statuses of campaigns. */
export const campaignStatuses = ['DRAFT', 'ACTIVE', 'PAUSED', 'ENDED'] as const;

const known = {
  campaignId: z.uuid(),
  tenantId: z.string(),
  version: z.int().describe('Version of the terms. Incentives refer to it'),
  revision: z.int().describe('Incremented with every change; the ETag'),
  status: z.enum(campaignStatuses).describe('As of this response'),
  archivedAt: shownInstant.nullable(),
  createdAt: shownInstant,
  createdBy: z.string().describe('Subject of the token'),
  updatedAt: shownInstant,
};

/** A campaign with its current terms. */
export const campaignAnswer = byWord('type', 'SIMPLE or QUEST', [
  z.object({ ...known, ...simpleFields }),
  z.object({ ...known, ...questFields }),
]).meta({ id: 'Campaign' });

/** A page of campaigns. */
export const campaignsAnswer = z
  .object({ campaigns: z.array(campaignAnswer), nextCursor })
  .meta({ id: 'Campaigns' });

/** Shows a campaign as of an instant. */
export const showCampaign = (
  campaign: StoredCampaign,
  now: Date,
): z.input<typeof campaignAnswer> => ({
  campaignId: campaign.campaignId,
  tenantId: campaign.tenantId,
  version: campaign.version,
  revision: campaign.revision,
  status: shownStatus(campaign, now),
  archivedAt: campaign.archivedAt?.toISOString() ?? null,
  createdAt: campaign.createdAt.toISOString(),
  createdBy: campaign.createdBy,
  updatedAt: campaign.updatedAt.toISOString(),
  ...shownTerms(campaign.terms),
});

/** The entity tag of a campaign. */
export const tagOf = ({ revision }: StoredCampaign): string => `"${revision}"`;

/** Answers with a campaign and its ETag. */
export const answerCampaign = (
  campaign: StoredCampaign,
  now: Date,
): Reply<z.input<typeof campaignAnswer>> =>
  reply({ headers: { etag: tagOf(campaign) }, body: showCampaign(campaign, now) });

/** The path of a campaign, for Location. */
export const campaignUrl = ({ campaignId }: Pick<StoredCampaign, 'campaignId'>): string =>
  `/api/v1/campaigns/${campaignId}`;

/** A version of a campaign, which never changes. */
export const campaignVersionAnswer = z
  .object({
    version: z.int(),
    createdAt: shownInstant,
    createdBy: z.string().describe('Subject of the token'),
    terms: campaignTerms,
  })
  .meta({ id: 'CampaignVersion' });

/** A page of a campaign's versions. */
export const campaignVersionsAnswer = z
  .object({ versions: z.array(campaignVersionAnswer), nextCursor })
  .meta({ id: 'CampaignVersions' });

/** Shows a version of a campaign. */
export const showCampaignVersion = ({
  version,
  createdAt,
  createdBy,
  terms,
}: CampaignVersion): z.input<typeof campaignVersionAnswer> => ({
  version,
  createdAt: createdAt.toISOString(),
  createdBy,
  terms: shownTerms(terms),
});
