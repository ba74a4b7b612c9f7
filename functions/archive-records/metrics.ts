import { Counter, Gauge } from 'prom-client';

/** The time until which partitions exist for new records. */
export const partitionsEndAt = new Gauge({
  name: 'guerdon_partitions_end_timestamp_seconds',
  help: 'End of the last partition of a table, in seconds since 1970: nothing after it can be recorded',
  labelNames: ['table'] as const,
});

/** Records that runs archived. */
export const archivedTotal = new Counter({
  name: 'guerdon_records_archived_total',
  help: 'Records written to archive files, by table',
  labelNames: ['table'] as const,
});

/** Partitions that runs left for later. */
export const partitionsLeft = new Gauge({
  name: 'guerdon_partitions_detached',
  help: 'Detached partitions still to be archived after the last run; their records cannot be read until then',
});

/** When the last run succeeded. */
export const ranAt = new Gauge({
  name: 'guerdon_archive_timestamp_seconds',
  help: 'Time of the last run that created all partitions ahead and archived everything due, in seconds since 1970',
});
