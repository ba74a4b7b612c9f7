import type { Campaign } from './campaign.ts';

/**
 * The version of the code that evaluates. Increment it with every change that may change the
 * decisions of the same campaigns about the same event, so that a decision is never explained by
 * code that did not make it.
 */
export const evaluationEngine = 1;

/**
 * The campaigns that evaluate the events of an action, and what they are compiled with: always the
 * same decisions about the same event.
 */
export type CampaignSet = Readonly<{
  tenantId: string;
  engine: number;
  /** In the order in which they decide. */
  versions: readonly Pick<Campaign, 'campaignId' | 'version'>[];
  /** Of the tenant. */
  timeZone: string;
  /** Of the schema of the action; undefined where it has none. */
  schemaVersion: number | undefined;
}>;

/** Everything that the evaluation of an event depended on, besides the event itself. */
export type DecidedBy<Campaigns = CampaignSet> = Readonly<{
  campaigns: Campaigns;
  decidedAt: Date;
  /** The cohorts that the campaigns use and that the user was a member of. */
  cohorts: readonly string[];
}>;
