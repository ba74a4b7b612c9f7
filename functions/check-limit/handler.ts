import { CampaignQualified } from '#shared/eventing/contracts/campaigns.ts';
import { IncentiveReversalRequested } from '#shared/eventing/contracts/incentives.ts';
import { incentiveOutbox } from '#shared/eventing/incentive-event.ts';
import { type EventHandler, onBatch } from '#shared/runtime/events/event-handler.ts';
import type { IncentiveLog } from '#shared/stores/postgres/incentives/incentive-log.ts';
import { type IssueDependencies, issueRewards } from './issue-rewards.ts';
import { type TakeBackDependencies, takeBack } from './take-back.ts';

type Dependencies = IssueDependencies &
  TakeBackDependencies &
  Readonly<{ log: Pick<IncentiveLog, 'markPublished' | 'keep'>; batchItemsMax: number }>;

/**
 * Gives each qualification its incentive or the cap that was reached, exactly once and never beyond
 * a cap, and takes incentives back: however often, late, early or twice at once it is delivered,
 * and whatever becomes of Redis meanwhile.
 */
export const checkLimit = (dependencies: Dependencies): readonly EventHandler[] => {
  const { batchItemsMax: itemsMax, log } = dependencies;
  const { remove: published, keep: unpublished } = incentiveOutbox(log);
  const options = { itemsMax, published, unpublished };
  return [
    onBatch(CampaignQualified, options, (qualified) => issueRewards(dependencies, qualified)),
    onBatch(IncentiveReversalRequested, options, (requested) => takeBack(dependencies, requested)),
  ];
};
