import { Counter } from 'prom-client';

/** Manual decisions about customers and their records. */
export const decisionsTotal = new Counter({
  name: 'guerdon_customer_decisions_total',
  help: 'Manual decisions: merged, unmerged, same, different, withdrawn; includes repeated ones, excludes refused ones',
  labelNames: ['decision'] as const,
});
