import { CampaignsHit } from '#shared/eventing/contracts/campaigns.ts';
import { ActionPerformed, ActionReversed } from '#shared/eventing/contracts/tenant-events.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import { type EventHandler, on, onBatch } from '#shared/runtime/events/event-handler.ts';
import type { Outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { type EvaluateDependencies, evaluateActions } from './evaluate-actions.ts';
import { reverseAction } from './reverse-action.ts';

type Dependencies = EvaluateDependencies & Readonly<{ outbox: Outbox; batchItemsMax: number }>;

/**
 * Evaluates each action once, against the campaigns that are active when it first arrives, and
 * publishes who qualifies; reverses what a reversed action earned. However often, late, early or
 * twice at once they are delivered, what was decided stays decided.
 */
export const evaluateCampaign = (dependencies: Dependencies): readonly EventHandler[] => {
  const { batchItemsMax, outbox } = dependencies;
  // A redelivered action publishes its hits again; all other events wait in the outbox until
  // published.
  const published = (domainEvents: readonly DomainEvent[]) =>
    outbox.remove(domainEvents.filter(({ type }) => type !== CampaignsHit.type));
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
