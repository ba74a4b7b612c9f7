import { seededRandom, zipf } from '#scripts/orders/random.ts';
import { CountMinSketch, type SketchColumns } from '#shared/domain/sketch/count-min-sketch.ts';
import type { SketchGeometry } from '#shared/domain/sketch/sketch-geometry.ts';
import { columnsOf } from '#shared/stores/redis/sketch/sketch-columns.ts';

/** What makes a campaign hot, and how exact estimates are. */
export const sketchTerms = { errorShare: 0.01, failureShare: 0.01, threshold: 5_000 };

/** Campaigns that share the hits. */
export const campaigns = 50_000;

/** The id of a campaign by number, as long as a UUID. */
export const campaignIdOf = (number: number): string =>
  `6f9b1c52-5d0e-4a3e-9f5c-${number.toString(16).padStart(12, '0')}`;

/** Hits of campaigns by number, few of which get most of them (Zipf). */
export const zipfHits = (hits: number, campaigns: number, seed = 1): Uint32Array => {
  const next = zipf(campaigns, seededRandom(seed));
  return Uint32Array.from({ length: hits }, next);
};

/** How many hits each campaign has. */
export const countsOf = (hits: Uint32Array, campaigns: number): Float64Array => {
  const counts = new Float64Array(campaigns);
  for (const campaign of hits) counts[campaign] = (counts[campaign] ?? 0) + 1;
  return counts;
};

/** The counts of campaigns with so many hits in a Zipf distribution, without chance. */
export const expectedCounts = (hits: number, campaigns: number): Float64Array => {
  const shares = Float64Array.from({ length: campaigns }, (_, rank) => 1 / (rank + 1));
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => Math.round((hits * share) / total));
};

/** What a sketch estimates for campaigns with these counts. */
export const estimatesOf = (geometry: SketchGeometry, counts: Float64Array): Float64Array => {
  const sketch = new CountMinSketch(geometry);
  const columns = Array.from(counts, (_, campaign) => columnsOf(geometry, campaignIdOf(campaign)));
  for (const [campaign, own] of columns.entries()) sketch.add(own, counts[campaign] ?? 0);
  return Float64Array.from(columns, (own) => sketch.estimate(own));
};

/** The same with conservative update, when each campaign's hits arrive in so many parts in turn. */
export const conservativeEstimates = (
  { width, depth }: SketchGeometry,
  counts: Float64Array,
  parts = 200,
): Float64Array => {
  const cells = new Float64Array(width * depth);
  const columns = Array.from(counts, (_, campaign) =>
    columnsOf({ width, depth }, campaignIdOf(campaign)).map((column, row) => row * width + column),
  );
  const estimate = (own: SketchColumns) => Math.min(...own.map((cell) => cells[cell] ?? 0));
  const raise = (own: SketchColumns, hits: number): void => {
    const raised = estimate(own) + hits;
    for (const cell of own) cells[cell] = Math.max(cells[cell] ?? 0, raised);
  };
  for (let part = 0; part < parts; part += 1)
    for (const [campaign, own] of columns.entries()) raise(own, (counts[campaign] ?? 0) / parts);
  return Float64Array.from(columns, (own) => Math.round(estimate(own)));
};

/** Percentage of cold campaigns that an estimate makes hot. */
export const falsePositives = (counts: Float64Array, estimates: Float64Array): number => {
  const { threshold } = sketchTerms;
  const cold = [...counts.keys()].filter((campaign) => (counts[campaign] ?? 0) < threshold);
  const wrong = cold.filter((campaign) => (estimates[campaign] ?? 0) >= threshold);
  return (100 * wrong.length) / cold.length;
};
