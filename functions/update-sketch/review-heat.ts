import type { HeatChange } from '#shared/domain/sketch/heat-change.ts';
import { hasCooled, isHot } from '#shared/domain/sketch/hot-campaigns.ts';
import { type SketchGeometry, separates, widthFor } from '#shared/domain/sketch/sketch-geometry.ts';
import { bucketOf, endedBucket } from '#shared/domain/sketch/window-bucket.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import type { CountDependencies } from './count-hits.ts';
import { heatEvent } from './heat-events.ts';
import { indistinctTotal, samplesTotal } from './metrics.ts';

/** What a review needs. */
export type ReviewDependencies = CountDependencies & Readonly<{ geometry: SketchGeometry }>;

/** Changes that were not published after so long are published again. */
const unpublishedMs = 30_000;

/** A tenant is reviewed for so many windows after its last hit: until its campaigns have cooled. */
const windowsReviewed = 4;

/**
 * Cools the campaigns whose last window had few hits, also those of tenants that have none at all
 * any more, and returns the events of these and of earlier changes that were not published.
 * @throws Unavailable when Redis is unavailable: the next tick does the same.
 */
export const reviewHeat = async (
  dependencies: ReviewDependencies,
): Promise<readonly DomainEvent[]> => {
  const { sketch, hot, clock, terms } = dependencies;
  const now = clock();
  const reviewedMs = windowsReviewed * terms.windowSeconds * 1000;
  const domainEvents: DomainEvent[] = [];
  for (const tenantId of await sketch.tenantsSince(new Date(now.getTime() - reviewedMs))) {
    await measure(dependencies, tenantId, now);
    const waiting = (await hot.unpublished(tenantId)).filter(
      ({ changedAt }) => now.getTime() - changedAt.getTime() >= unpublishedMs,
    );
    const cooled = await cool(dependencies, tenantId, now);
    domainEvents.push(
      ...[...waiting, ...cooled].map((change) => heatEvent(change, terms.windowSeconds)),
    );
  }
  return domainEvents;
};

const cool = async (
  { sketch, hot, terms, log }: ReviewDependencies,
  tenantId: string,
  now: Date,
): Promise<readonly HeatChange[]> => {
  const members = await hot.members(tenantId);
  if (members.length === 0) return [];
  const last = endedBucket(now, terms.windowSeconds);
  const ids = members.map(({ campaignId }) => campaignId);
  const [ended, underWay] = await Promise.all([
    sketch.estimates({ tenantId, bucket: last }, ids),
    sketch.estimates({ tenantId, bucket: bucketOf(now, terms.windowSeconds) }, ids),
  ]);
  const changes = members.flatMap(({ campaignId, heatedIn }, index): readonly HeatChange[] => {
    const hits = ended[index] ?? 0;
    const campaign = { heatedIn, ended: hits, underWay: underWay[index] ?? 0 };
    if (!hasCooled(campaign, last, terms)) return [];
    return [{ kind: 'cooled', tenantId, campaignId, heatedIn, hits, changedAt: now }];
  });
  const cooled = await hot.cool(tenantId, changes);
  for (const change of cooled) log.info(change, 'a hot campaign has cooled');
  return cooled;
};

/**
 * Compares the estimates of the window that ended last with what was counted exactly, once; of that
 * window alone, as the sample is, also where two windows together make a campaign hot.
 */
const measure = async (
  { sketch, geometry, terms, log }: ReviewDependencies,
  tenantId: string,
  now: Date,
): Promise<void> => {
  const last = endedBucket(now, terms.windowSeconds);
  const sample = await sketch.takeSample(tenantId, last);
  if (sample === undefined) return;
  const campaigns = [...sample.campaigns];
  const estimates = await sketch.estimates(
    { tenantId, bucket: last, windows: 1 },
    campaigns.map(([campaignId]) => campaignId),
  );
  for (const [index, [, hits]] of campaigns.entries()) {
    const isEstimatedHot = isHot(estimates[index] ?? 0, terms);
    const outcome = isHot(hits, terms) ? 'hot' : isEstimatedHot ? 'false-positive' : 'cold';
    samplesTotal.inc({ outcome });
  }
  if (separates(geometry, terms, sample.total)) return;
  indistinctTotal.inc();
  log.warn(
    {
      ...{ tenantId, hits: sample.total, width: geometry.width },
      widthNeeded: widthFor(terms, sample.total),
    },
    'a window had more hits than the sketch counts precisely: raise HOT_EXPECTED_HITS',
  );
};
