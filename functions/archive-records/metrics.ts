import { Counter, Gauge } from 'prom-client';

/** Until when records can be written. */
export const partitionsEndAt = new Gauge({
  name: 'guerdon_partitions_end_timestamp_seconds',
  help: 'Until when a table has partitions, in seconds since 1970: nothing can be recorded in it later',
  labelNames: ['table'] as const,
});

/** What runs archived. */
export const archivedTotal = new Counter({
  name: 'guerdon_records_archived_total',
  help: 'Records written to archive files, by table',
  labelNames: ['table'] as const,
});

/** What runs left. */
export const partitionsLeft = new Gauge({
  name: 'guerdon_partitions_detached',
  help: 'Partitions that are detached and not archived yet, after the last run; their records are not readable meanwhile',
});

/** When the last run ended well. */
export const ranAt = new Gauge({
  name: 'guerdon_archive_timestamp_seconds',
  help: 'When partitions were last created ahead and everything due was archived, in seconds since 1970',
});
