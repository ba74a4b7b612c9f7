import { Counter, Histogram } from 'prom-client';

/** The outcomes of records. */
export const recordsTotal = new Counter({
  name: 'guerdon_customer_records_total',
  help: 'Records of customers by source and outcome: new, changed, or known (delivered before, older than the stored record, or of an erased person)',
  labelNames: ['source', 'outcome'] as const,
});

/** How many records are of somebody who is in both sources, and how many are not the first. */
export const matchedTotal = new Counter({
  name: 'guerdon_customer_records_matched_total',
  help: 'New and changed records by source and match: customer (the person is in both sources), or duplicate (the same source also has another record of the person)',
  labelNames: ['source', 'match'] as const,
});

/** How long a source waits until its record is matched. */
export const matchSeconds = new Histogram({
  name: 'guerdon_customer_match_seconds',
  help: 'Seconds from the time of a record until the commit that matched it, by source',
  labelNames: ['source'] as const,
  buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300],
});

/** Changes of customers. */
export const customersTotal = new Counter({
  name: 'guerdon_customer_changes_total',
  help: 'Changes of customers by kind: created, updated, merged, split',
  labelNames: ['kind'] as const,
});

/** The work of matching. */
export const pairsTotal = new Counter({
  name: 'guerdon_customer_pairs_total',
  help: 'Pairs of records compared because they share a key',
});

/** A value that too many records share. */
export const oversizedBlocksTotal = new Counter({
  name: 'guerdon_customer_oversized_blocks_total',
  help: 'Keys shared by too many records to compare them, such as the phone number of a shop',
});
