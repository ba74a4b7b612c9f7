import type { ClauseResult } from './compiled-campaign.ts';

/**
 * The outcome of one campaign for an event: `qualified` for a reward · `progressed` in a quest ·
 * `no-match` by its clauses · `not-in-cohort` · `outside-window` of the campaign · `too-late` by
 * its lateness · `excluded` unless the campaigns before it in its group have nothing left ·
 * `nothing-to-give`, a share of too little · `over-limit`, because the event counts for as many
 * campaigns of higher priority as it may.
 */
export type DecisionOutcome =
  | 'qualified'
  | 'progressed'
  | 'no-match'
  | 'not-in-cohort'
  | 'outside-window'
  | 'too-late'
  | 'excluded'
  | 'nothing-to-give'
  | 'over-limit';

/** What one campaign decided of an event. */
export type CampaignDecision = Readonly<{
  campaignId: string;
  version: number;
  outcome: DecisionOutcome;
  /** Per step that uses the action: its index, and its clauses in document order. */
  steps?: readonly Readonly<{ step: number; clauses: readonly ClauseResult[] }>[] | undefined;
  /** The campaign that is first in the group. */
  excludedBy?: string | undefined;
  /**
   * What it qualified for: one incentive, or, where a late event completes a quest several times,
   * more.
   */
  incentiveIds?: readonly string[] | undefined;
}>;

/**
 * A decision after caps were checked: an excluded campaign was tried after all if it has an
 * incentive.
 */
export const afterCaps = (
  decision: CampaignDecision,
  incentives: readonly Readonly<{ incentiveId: string; campaignId: string }>[],
): CampaignDecision => {
  const own = incentives.filter(({ campaignId }) => campaignId === decision.campaignId);
  if (decision.outcome !== 'excluded' || own.length === 0) return decision;
  const { excludedBy: _, ...rest } = decision;
  return {
    ...rest,
    outcome: 'qualified',
    incentiveIds: own.map(({ incentiveId }) => incentiveId),
  };
};
