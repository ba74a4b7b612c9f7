import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Counter, Gauge, type Metric, register } from 'prom-client';
import { callerLeftStatus } from './caller-left.ts';
import { latencyBuckets } from './metrics.ts';

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
  // All that the registry asks of a metric is its name and these.
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

/** Answers by status, as bare numbers that prom-client gets to see when it is asked. */
const answers = new Map<number, number>();

new Counter({
  name: 'guerdon_requests_total',
  help: 'Requests handled, by status; 499 where the caller disconnected before the end of the response',
  labelNames: ['status'] as const,
  collect() {
    this.reset();
    for (const [status, count] of answers) this.inc({ status: String(status) }, count);
  },
});

const requestSeconds = createBareHistogram({
  name: 'guerdon_request_duration_seconds',
  help: 'Time from a request to the end of its response',
  buckets: latencyBuckets,
});

/**
 * Knows what is going through a server: how many requests are under way, and when the last one came
 * or went.
 */
export const createTraffic = () => {
  let inFlight = 0;
  let lastAt = 0;
  new Gauge({
    name: 'guerdon_requests_in_flight',
    help: 'Requests being handled now',
    collect() {
      this.set(inFlight);
    },
  });

  const enter = (): number => {
    inFlight += 1;
    lastAt = performance.now();
    return lastAt;
  };
  const leave = (): number => {
    inFlight -= 1;
    lastAt = performance.now();
    return lastAt;
  };

  return {
    inFlight: () => inFlight,
    /** Milliseconds since a request came or went. */
    quietMs: () => performance.now() - lastAt,
    /** Follows one request until its answer is out or its caller is gone. */
    follow: (response: ServerResponse): void => {
      const startedAt = enter();
      response.on('close', () => {
        requestSeconds.observe((leave() - startedAt) / 1000);
        const statusCode = response.writableFinished ? response.statusCode : callerLeftStatus;
        answers.set(statusCode, (answers.get(statusCode) ?? 0) + 1);
      });
    },
    /** Counts an upgraded connection as in flight until it closes. */
    followUpgraded: (socket: Duplex): void => {
      enter();
      socket.on('close', leave);
    },
  };
};

export type Traffic = ReturnType<typeof createTraffic>;
