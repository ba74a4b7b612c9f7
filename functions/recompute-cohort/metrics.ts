import { Counter, Gauge, Histogram } from 'prom-client';

/** What runs made effective. */
export const appliedTotal = new Counter({
  name: 'guerdon_cohort_changes_total',
  help: 'Recomputations and uploads that became effective',
  labelNames: ['kind'] as const,
});

/** How long recomputations take. */
export const recomputeSeconds = new Histogram({
  name: 'guerdon_cohort_recompute_seconds',
  help: 'From when the recomputation of a cohort began until its members were written',
  buckets: [1, 5, 15, 60, 300, 900, 3600, 14_400],
});

/** The age of what is most overdue. */
export const overdueSeconds = new Gauge({
  name: 'guerdon_cohort_overdue_seconds',
  help: 'How long ago the most overdue dynamic cohort should have been recomputed; 0 when none is due',
});

/** When the last run ended well. */
export const ranAt = new Gauge({
  name: 'guerdon_cohort_run_timestamp_seconds',
  help: 'When a run of recompute-cohort last ended without a failure, in seconds since 1970',
});

/** Bitmaps that were built. */
export const bitmapsBuiltTotal = new Counter({
  name: 'guerdon_cohort_bitmaps_built_total',
  help: 'Bitmaps of cohorts by outcome: built, or lost with the data of Redis meanwhile',
  labelNames: ['outcome'] as const,
});
