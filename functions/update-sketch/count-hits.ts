import type { z } from 'zod';
import type { HeatChange } from '#shared/domain/sketch/heat-change.ts';
import { type HeatTerms, isHot } from '#shared/domain/sketch/hot-campaigns.ts';
import { bucketOf } from '#shared/domain/sketch/window-bucket.ts';
import type { CampaignsHit } from '#shared/eventing/contracts/campaigns.ts';
import type { Delivery, Outcome } from '#shared/runtime/events/event-handler.ts';
import type { Clock } from '#shared/runtime/host.ts';
import type { Logger } from '#shared/runtime/log.ts';
import {
  isRedisUnavailable,
  type RedisCircuit,
} from '#shared/stores/redis/driver/redis-availability.ts';
import type {
  CampaignLoad,
  HitSketch,
  TenantHits,
} from '#shared/stores/redis/sketch/hit-sketch.ts';
import type { HotSet } from '#shared/stores/redis/sketch/hot-set.ts';
import { heatEvent } from './heat-events.ts';
import { hitsTotal, refusedTotal } from './metrics.ts';

/** What counting hits needs. */
export type CountDependencies = Readonly<{
  sketch: HitSketch;
  hot: HotSet;
  circuit: RedisCircuit;
  clock: Clock;
  log: Logger;
  terms: HeatTerms & Readonly<{ windowSeconds: number }>;
  /** Whether the hits of a tenant are counted. */
  isCounted: (tenantId: string) => boolean;
}>;

type Hits = z.output<typeof CampaignsHit.schema>;

/** A batch waits no longer for Redis: a campaign heats up a little later then. */
const redisMs = 1_000;

/**
 * Counts a batch of hits in the current window and heats up the campaigns that reach the threshold.
 * Hits that come while Redis is unavailable are not counted: sketches exist only there, and hits
 * that are delivered again later would count for a window that is not theirs.
 */
export const countHits = async (
  dependencies: CountDependencies,
  deliveries: readonly Delivery<Hits>[],
): Promise<readonly Outcome[]> => {
  const { circuit, clock, isCounted } = dependencies;
  const counted = deliveries.filter(({ data }) => isCounted(data.tenantId));
  try {
    const now = clock();
    const changes = await circuit.run(() => heat(dependencies, hitsOf(counted), now), redisMs);
    return outcomesOf(deliveries, changes, dependencies.terms.windowSeconds);
  } catch (error) {
    if (!isRedisUnavailable(error)) throw error;
    const hits = counted
      .flatMap(({ data }) => Object.values(data.hits))
      .reduce((sum, own) => sum + own, 0);
    hitsTotal.inc({ heat: 'uncounted' }, hits);
    return outcomesOf(deliveries, [], dependencies.terms.windowSeconds);
  }
};

const hitsOf = (deliveries: readonly Delivery<Hits>[]): readonly TenantHits[] =>
  [...Map.groupBy(deliveries, ({ data }) => data.tenantId)].map(([tenantId, own]) => {
    const hits = new Map<string, number>();
    for (const { data } of own)
      for (const [campaignId, added] of Object.entries(data.hits))
        hits.set(campaignId, (hits.get(campaignId) ?? 0) + added);
    return { tenantId, hits };
  });

const heat = async (
  { sketch, hot, terms, log }: CountDependencies,
  hits: readonly TenantHits[],
  now: Date,
): Promise<readonly HeatChange[]> => {
  const heatedIn = bucketOf(now, terms.windowSeconds);
  const loads = await sketch.add(heatedIn, hits, now);
  const reached = loads.filter((load) => !load.isHot && isHot(load.hits, terms));
  const { changes, refused } = await hot.heat(
    reached.map(({ tenantId, campaignId, hits: own }) => ({
      ...{ kind: 'heated', tenantId, campaignId, heatedIn, hits: own, changedAt: now },
    })),
  );
  countHeat(loads, new Set(refused.map(nameOf)), terms);
  refusedTotal.inc(refused.length);
  for (const change of changes) log.info(change, 'a campaign has become hot');
  return changes;
};

const countHeat = (
  loads: readonly CampaignLoad[],
  refused: ReadonlySet<string>,
  terms: HeatTerms,
): void => {
  for (const load of loads) {
    const isNowHot = load.isHot || (isHot(load.hits, terms) && !refused.has(nameOf(load)));
    hitsTotal.inc({ heat: isNowHot ? 'hot' : 'cold' }, load.added);
  }
};

const nameOf = ({ tenantId, campaignId }: Pick<HeatChange, 'tenantId' | 'campaignId'>): string =>
  `${tenantId} ${campaignId}`;

/** Each change is an outcome of the first hit of its campaign. */
const outcomesOf = (
  deliveries: readonly Delivery<Hits>[],
  changes: readonly HeatChange[],
  windowSeconds: number,
): readonly Outcome[] => {
  const waiting = new Map(changes.map((change) => [nameOf(change), change]));
  return deliveries.map(({ data: { tenantId, hits } }) => {
    const own = Object.keys(hits).flatMap((campaignId) => {
      const change = waiting.get(nameOf({ tenantId, campaignId }));
      return change !== undefined && waiting.delete(nameOf(change)) ? [change] : [];
    });
    return { kind: 'done', domainEvents: own.map((change) => heatEvent(change, windowSeconds)) };
  });
};
