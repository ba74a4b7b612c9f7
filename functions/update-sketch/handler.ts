import { CampaignsHit } from '#shared/eventing/contracts/campaigns.ts';
import { HeatTick } from '#shared/eventing/contracts/ticks.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import { type EventHandler, on, onBatch } from '#shared/runtime/events/event-handler.ts';
import { countHits } from './count-hits.ts';
import { changeOf } from './heat-events.ts';
import { type ReviewDependencies, reviewHeat } from './review-heat.ts';

type Dependencies = ReviewDependencies & Readonly<{ batchItemsMax: number }>;

/**
 * Counts the hits of campaigns and keeps the set of hot ones, with one event for each change,
 * however many pods see it. A hit that is delivered twice counts twice: an estimate is an upper
 * bound anyway, and what depends on it decides nothing.
 */
export const updateSketch = (dependencies: Dependencies): readonly EventHandler[] => {
  const { hot, batchItemsMax: itemsMax } = dependencies;
  const published = (domainEvents: readonly DomainEvent[]) =>
    hot.published(domainEvents.map(changeOf));
  return [
    onBatch(CampaignsHit, { itemsMax, published }, (hits) => countHits(dependencies, hits)),
    on(HeatTick, () => reviewHeat(dependencies), { published }),
  ];
};
