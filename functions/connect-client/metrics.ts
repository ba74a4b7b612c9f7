import { Counter, Gauge } from 'prom-client';
import { createBareHistogram } from '#shared/runtime/metrics.ts';

/** Connections that are open, by how they were made. */
export const connections = new Gauge({
  name: 'guerdon_connections',
  help: 'Connections of clients that are open, by transport',
  labelNames: ['transport'] as const,
});

/** Connections that were refused. */
export const connectionsRefusedTotal = new Counter({
  name: 'guerdon_connections_refused_total',
  help: 'Connections refused, by reason',
  labelNames: ['reason'] as const,
});

/** Connections that were closed by us. */
export const connectionsClosedTotal = new Counter({
  name: 'guerdon_connections_closed_total',
  help: 'Connections closed by the server, by close code',
  labelNames: ['code'] as const,
});

/** Frames that were sent. */
export const framesSentTotal = new Counter({
  name: 'guerdon_frames_sent_total',
  help: 'Frames of inboxes sent to connections; replayed ones were read from a stream or from Postgres',
  labelNames: ['source'] as const,
});

/** How long users wait for frames. */
export const frameSeconds = createBareHistogram({
  name: 'guerdon_frame_seconds',
  help: 'Seconds from the record of an action to the frame on an open connection',
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
});

/** How often connections read frames that they had not received. */
export const replaysTotal = new Counter({
  name: 'guerdon_replays_total',
  help: 'Reads of missed frames by connections: on resuming, or because they were not published to the pod',
  labelNames: ['reason'] as const,
});
