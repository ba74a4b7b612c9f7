import type { Campaign, CampaignStatus } from '#shared/domain/campaigns/campaign.ts';

/** The status of a campaign as people see it: one that is active past its end has ended, though late events may still count. */
export const shownStatus = (
  { status, terms }: Pick<Campaign, 'status' | 'terms'>,
  now: Date,
): CampaignStatus => (status === 'ACTIVE' && terms.endAt <= now ? 'ENDED' : status);
