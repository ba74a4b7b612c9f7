import { Counter } from 'prom-client';

/** Decisions of people about customers and their records. */
export const decisionsTotal = new Counter({
  name: 'guerdon_customer_decisions_total',
  help: 'Decisions of people: merged, unmerged, same, different, withdrawn; includes repeated ones, excludes refused ones',
  labelNames: ['decision'] as const,
});
