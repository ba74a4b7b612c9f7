import type { z } from 'zod';
import { assert } from '#shared/domain/assert.ts';
import type { Campaign } from '#shared/domain/campaigns/campaign.ts';
import { afterCaps, type CampaignDecision } from '#shared/domain/campaigns/decision.ts';
import { explainDecision } from '#shared/domain/campaigns/explain-decision.ts';
import type { Verdict } from '#shared/domain/campaigns/verdict-of.ts';
import type { Incentive } from '#shared/domain/incentives/incentive.ts';
import { showReward } from '../incentives/incentive-answer.ts';
import type { evaluationAnswer } from './evaluate-document.ts';
import { showExplanation } from './explanation-answer.ts';
import type { TriedQuest } from './try-quest.ts';

/** What an event would come to. */
type Tried = Readonly<{
  verdict: Verdict;
  quests: readonly TriedQuest[];
  incentives: readonly Incentive[];
}>;

type Shown = z.output<typeof evaluationAnswer>['decisions'];

/** Shows what each campaign would decide, in words, and what would come of it. */
export const showEvaluation = (
  campaigns: readonly Campaign[],
  { verdict, quests, incentives }: Tried,
): Shown => {
  const campaignOf = new Map(campaigns.map((campaign) => [campaign.campaignId, campaign]));
  const questOf = new Map(quests.map((quest) => [quest.campaignId, quest]));
  const given = Map.groupBy(incentives, ({ campaignId }) => campaignId);
  return verdict.decisions.map((decision) => {
    const campaign = campaignOf.get(decision.campaignId);
    assert(campaign, 'who decides was asked');
    const quest = questOf.get(decision.campaignId);
    return {
      ...showExplanation(
        explainDecision(campaign.terms, withQuest(afterCaps(decision, incentives), quest)),
      ),
      status: campaign.status,
      completions: quest === undefined ? null : { before: quest.before, after: quest.after },
      rewards: (given.get(decision.campaignId) ?? []).map((incentive) => ({
        reward: { ...showReward(incentive), couponCode: null },
        refusedBy: incentive.refusedBy ?? null,
      })),
    };
  });
};

/** A quest that the event would complete qualifies. */
const withQuest = (decision: CampaignDecision, quest: TriedQuest | undefined): CampaignDecision =>
  quest === undefined || quest.entitlements.length === 0
    ? decision
    : { ...decision, outcome: 'qualified' };
