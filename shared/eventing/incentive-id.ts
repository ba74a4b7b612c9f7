import type { Campaign, QuestRule } from '#shared/domain/campaigns/campaign.ts';
import { derivedId } from './derived-id.ts';
import { ruleKeyOf } from './rule-key.ts';

type WhichCampaign = Pick<Campaign, 'tenantId' | 'campaignId'>;

/** The id of what a SIMPLE campaign gives for an event. */
export const incentiveIdOf = (
  { tenantId, campaignId }: WhichCampaign,
  { eventId }: Readonly<{ eventId: string }>,
): string => derivedId('incentive', tenantId, campaignId, eventId);

/**
 * The id of what a user gets for doing a quest for the so-manieth time, beginning with 1: whichever
 * event did it.
 */
export const questIncentiveIdOf = (
  { tenantId, campaignId }: WhichCampaign,
  { userId, rule, time }: Readonly<{ userId: string; rule: QuestRule; time: number }>,
): string => derivedId('incentive', tenantId, campaignId, userId, ruleKeyOf(rule), `quest ${time}`);
