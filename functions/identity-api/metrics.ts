import { Counter } from 'prom-client';

/** What people decide about customers and their records. */
export const decisionsTotal = new Counter({
  name: 'guerdon_customer_decisions_total',
  help: 'Requests of people by what they decide: merged, unmerged, same, different, withdrawn; refused ones do not count, repeated ones do',
  labelNames: ['decision'] as const,
});
