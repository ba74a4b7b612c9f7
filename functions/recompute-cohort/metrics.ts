import { Counter, Gauge, Histogram } from 'prom-client';

/** Changes that runs applied. */
export const appliedTotal = new Counter({
  name: 'guerdon_cohort_changes_total',
  help: 'Recomputations and uploads that became effective',
  labelNames: ['kind'] as const,
});

/** How long recomputations take. */
export const recomputeSeconds = new Histogram({
  name: 'guerdon_cohort_recompute_seconds',
  help: 'Time from the start of the recomputation of a cohort until its members were written',
  buckets: [1, 5, 15, 60, 300, 900, 3600, 14_400],
});

/** The age of the most overdue work. */
export const overdueSeconds = new Gauge({
  name: 'guerdon_cohort_overdue_seconds',
  help: 'How long the most overdue dynamic cohort has been due; 0 if none is',
});

/** When the last run succeeded. */
export const ranAt = new Gauge({
  name: 'guerdon_cohort_run_timestamp_seconds',
  help: 'Time of the last run of recompute-cohort without a failure, in seconds since 1970',
});

/** Bitmaps that were built. */
export const bitmapsBuiltTotal = new Counter({
  name: 'guerdon_cohort_bitmaps_built_total',
  help: 'Bitmaps of cohorts by outcome: built, or lost because Redis lost its data meanwhile',
  labelNames: ['outcome'] as const,
});
