import type { CampaignTerms } from '#shared/domain/campaigns/campaign.ts';

/**
 * Terms as a jsonb column takes them; instants are ISO 8601 text in UTC. `toTerms` gives them back.
 */
export const termsJson = (terms: CampaignTerms): string => JSON.stringify(terms);

/** The terms in a jsonb column that `termsJson` filled. */
export const toTerms = (json: unknown): CampaignTerms => {
  const terms = json as CampaignTerms;
  return { ...terms, startAt: new Date(terms.startAt), endAt: new Date(terms.endAt) };
};
