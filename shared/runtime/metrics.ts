import { createServer, type Server } from 'node:http';
import { Counter, collectDefaultMetrics, Histogram, register } from 'prom-client';

/** Seconds; dense around the 50 ms that a reward calculation may take. */
export const latencyBuckets = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Requests refused or failed, by code. */
export const problemsTotal = new Counter({
  name: 'guerdon_problems_total',
  help: 'Requests refused or failed, by status and problem code',
  labelNames: ['status', 'code'] as const,
});

/** How many events shared one store call. */
export const batchItems = new Histogram({
  name: 'guerdon_batch_items',
  help: 'Events joined into one store call',
  buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
});

/** Published events. */
export const eventsPublishedTotal = new Counter({
  name: 'guerdon_facts_published_total',
  help: 'Events published, by type',
  labelNames: ['type'] as const,
});

/** Events that could not be published. */
export const eventsUnpublishedTotal = new Counter({
  name: 'guerdon_facts_unpublished_total',
  help: 'Events that could not be published, by event type and reason',
  labelNames: ['type', 'reason'] as const,
});

/**
 * Serves Prometheus metrics on a port of their own, apart from the traffic that scales the
 * function.
 */
export const serveMetrics = async (host: string, port: number): Promise<Server> => {
  // Every 10 ms by default, which takes most of what an idle function uses of a processor.
  collectDefaultMetrics({ eventLoopMonitoringPrecision: 50 });
  const server = createServer((_request, response) => {
    register.metrics().then(
      (text) => response.writeHead(200, { 'content-type': register.contentType }).end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  return server;
};
