import { Counter, Gauge } from 'prom-client';

/** Changes that were written. */
export const rowsTotal = new Counter({
  name: 'guerdon_analytics_rows_total',
  help: 'Changes written to files, including redelivered ones',
});

/** In how many files. */
export const filesTotal = new Counter({
  name: 'guerdon_analytics_files_total',
  help: 'Files of changes by outcome: written, or merged into a larger one',
  labelNames: ['outcome'] as const,
});

/** How large they are. */
export const bytesTotal = new Counter({
  name: 'guerdon_analytics_bytes_total',
  help: 'Bytes of the files of changes that were written, before merging',
});

/** How fresh the files are. */
export const newestChangeAt = new Gauge({
  name: 'guerdon_analytics_newest_change_timestamp_seconds',
  help: 'Commit time of the newest change that this pod wrote, in seconds since 1970',
});

/** How far behind changes are. */
export const lagSeconds = new Gauge({
  name: 'guerdon_analytics_lag_seconds',
  help: 'Seconds from the commit of the newest change of the last file until the file was durable',
});

/** When the last run succeeded. */
export const mergedAt = new Gauge({
  name: 'guerdon_analytics_merge_timestamp_seconds',
  help: 'Time at which small files were last merged without a failure, in seconds since 1970',
});
