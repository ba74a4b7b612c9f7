import type { CampaignTerms } from './campaign.ts';

/** What a user qualified for with an event, before caps are checked. */
export type Qualification = Readonly<{
  incentiveId: string;
  tenantId: string;
  userId: string;
  campaignId: string;
  campaignVersion: number;
  /** The event that qualified; of a quest, the one that completed it as far as known then. */
  eventId: string;
  reward: ResolvedReward;
  /** Event time: the caps of this day are checked. */
  qualifiedAt: Date;
}>;

/**
 * What an event entitles its user to: the first of the choices that has something left, and only
 * that one. Campaigns of one stacking group are choices in the order of its policy; a campaign that
 * competes with none is the only choice.
 */
export type Entitlement = Readonly<{
  /** Entitlements of one event are decided in this order, smaller first. */
  priority: number;
  choices: readonly Qualification[];
}>;

/**
 * A reward with its amount: points, or minor units of the currency; a coupon counts as 1 and has no
 * currency.
 */
export type ResolvedReward = Readonly<{
  type: CampaignTerms['reward']['type'];
  amount: number;
  currency?: string | undefined;
  program?: string | undefined;
  pool?: string | undefined;
  expiresAt?: Date | undefined;
}>;
