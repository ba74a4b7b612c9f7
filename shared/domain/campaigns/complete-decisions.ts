import type { CampaignDecision } from './decision.ts';

/**
 * Every decision of an event, given the recorded ones and those of evaluating it again. Recorded
 * decisions take precedence, because only the commit knew the progress of quests.
 */
export const completeDecisions = (
  recorded: readonly CampaignDecision[],
  evaluatedAgain: readonly CampaignDecision[],
): readonly CampaignDecision[] => {
  const byCampaign = new Map(recorded.map((decision) => [decision.campaignId, decision]));
  return evaluatedAgain.map((decision) => {
    const { steps } = decision;
    const own = byCampaign.get(decision.campaignId);
    return own === undefined ? decision : { ...own, ...(steps && { steps }) };
  });
};
