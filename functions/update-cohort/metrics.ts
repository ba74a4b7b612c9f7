import { Counter, Histogram } from 'prom-client';

/** Effects of actions on real-time cohorts. */
export const signalsTotal = new Counter({
  name: 'guerdon_cohort_signals_total',
  help: 'Actions that met a rule of a real-time cohort, by outcome: changed, unchanged, or late (after too many later actions of the user)',
  labelNames: ['outcome'] as const,
});

/** How soon evaluate-campaign sees a new member. */
export const lagSeconds = new Histogram({
  name: 'guerdon_cohort_membership_lag_seconds',
  help: 'Time from the record of an action until the membership that it changed was committed',
  buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300],
});
