import { Counter } from 'prom-client';

/** The share of hits that hot campaigns have. */
export const hitsTotal = new Counter({
  name: 'guerdon_campaign_hits_total',
  help: 'Hits of campaigns by heat of the campaign: hot, cold, or uncounted while Redis was unavailable',
  labelNames: ['heat'] as const,
});

/** How well the sketch distinguishes hot from cold campaigns. */
export const samplesTotal = new Counter({
  name: 'guerdon_sketch_samples_total',
  help: 'Sampled campaigns of windows that ended, by exact count and estimate: hot, cold, or false-positive (cold by the count, hot by the estimate)',
  labelNames: ['outcome'] as const,
});

/** Windows for which sketches are too small. */
export const indistinctTotal = new Counter({
  name: 'guerdon_sketch_indistinct_windows_total',
  help: 'Windows of tenants with more hits than the sketch counts precisely',
});

/** Campaigns that are hot and treated as cold. */
export const refusedTotal = new Counter({
  name: 'guerdon_hot_campaigns_refused_total',
  help: 'Times that a campaign was not added to a hot set because the tenant has too many hot campaigns',
});
