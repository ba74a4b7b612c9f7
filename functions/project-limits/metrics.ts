import { Counter, Histogram } from 'prom-client';

/** The outcomes of changes of incentives. */
export const countersWrittenTotal = new Counter({
  name: 'guerdon_limit_counters_written_total',
  help: 'Counters of limits that were set in Redis after a change of an incentive',
});

/** How far behind the write-ahead log the counters are. */
export const projectionSeconds = new Histogram({
  name: 'guerdon_limit_projection_seconds',
  help: 'Seconds from the commit of a change of an incentive to its counters in Redis',
  buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600],
});
