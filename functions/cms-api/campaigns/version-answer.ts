import { z } from 'zod';
import type { CampaignVersion } from '#shared/stores/postgres/campaign-store.ts';
import { shownInstant } from '../fields.ts';
import { nextCursor } from '../parameters.ts';
import { campaignTerms, shownTerms } from './campaign-document.ts';

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
