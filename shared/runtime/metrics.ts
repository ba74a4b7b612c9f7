import { createServer, type Server } from 'node:http';
import { Counter, collectDefaultMetrics, Histogram, type Metric, register } from 'prom-client';

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
  name: 'guerdon_events_published_total',
  help: 'Events published, by type',
  labelNames: ['type'] as const,
});

/** Events that could not be published. */
export const eventsUnpublishedTotal = new Counter({
  name: 'guerdon_events_unpublished_total',
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

type HistogramOptions = Readonly<{ name: string; help: string; buckets: readonly number[] }>;

/**
 * A histogram without labels that a scrape reads like any other, and that only adds numbers
 * meanwhile. prom-client's own looks its labels up at each observation, which took more than a µs
 * of the 20 that the host spends on a request.
 */
export const createBareHistogram = ({ name, help, buckets }: HistogramOptions) => {
  const counts = [...buckets, Number.POSITIVE_INFINITY].map(() => 0);
  let sum = 0;

  const values = () => {
    let below = 0;
    const bars = counts.map((count, index) => {
      below += count;
      const labels = { le: buckets[index] ?? '+Inf' };
      return { metricName: `${name}_bucket`, labels, value: below };
    });
    return [
      ...bars,
      { metricName: `${name}_sum`, labels: {}, value: sum },
      { metricName: `${name}_count`, labels: {}, value: below },
    ];
  };
  const get = () =>
    Promise.resolve({ name, help, type: 'histogram', aggregator: 'sum', values: values() });
  const reset = () => {
    counts.fill(0);
    sum = 0;
  };
  // The registry only uses the name of a metric and these.
  register.registerMetric({ name, get, reset } as unknown as Metric);

  return {
    observe: (value: number): void => {
      let index = 0;
      while (value > (buckets[index] ?? Number.POSITIVE_INFINITY)) index += 1;
      counts[index] = (counts[index] ?? 0) + 1;
      sum += value;
    },
  };
};
