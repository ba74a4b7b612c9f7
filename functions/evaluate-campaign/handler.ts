import { CampaignHit } from '#shared/eventing/contracts/campaigns.ts';
import { ActionPerformed, ActionReversed } from '#shared/eventing/contracts/tenant-events.ts';
import type { Fact } from '#shared/eventing/fact.ts';
import { type EventHandler, on, onBatch } from '#shared/runtime/events/event-handler.ts';
import type { Outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { type EvaluateDependencies, evaluateActions } from './evaluate-actions.ts';
import { reverseAction } from './reverse-action.ts';

type Dependencies = EvaluateDependencies & Readonly<{ outbox: Outbox; batchItemsMax: number }>;

/**
 * Evaluates each action once, by the campaigns as they are when it first comes, and publishes who
 * qualifies; takes back what an action earned that turns out not to have happened. However often,
 * late, early or twice at once they are delivered, what was decided stays decided.
 */
export const evaluateCampaign = (dependencies: Dependencies): readonly EventHandler[] => {
  const { batchItemsMax, outbox } = dependencies;
  // A redelivered action publishes its hit again; every other fact waits in the outbox until
  // it is out.
  const published = (facts: readonly Fact[]) =>
    outbox.remove(facts.filter(({ type }) => type !== CampaignHit.type));
  const unpublished = outbox.keep;
  return [
    onBatch(ActionPerformed, { itemsMax: batchItemsMax, published, unpublished }, (actions) =>
      evaluateActions(dependencies, actions),
    ),
    on(ActionReversed, (reversed) => reverseAction(dependencies, reversed), {
      published,
      unpublished,
    }),
  ];
};
