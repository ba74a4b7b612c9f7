import type { ServerResponse } from 'node:http';
import { Counter, Gauge, Histogram } from 'prom-client';
import { latencyBuckets } from './metrics.ts';

const requestsTotal = new Counter({
  name: 'guerdon_requests_total',
  help: 'Requests answered, by status',
  labelNames: ['status'] as const,
});

const requestSeconds = new Histogram({
  name: 'guerdon_request_duration_seconds',
  help: 'Time from a request to the end of its answer',
  buckets: latencyBuckets,
});

/** Label lookups cost more than the count itself, so each status is looked up once. */
const byStatus = new Map<number, Counter.Internal>();

const counterOf = (status: number): Counter.Internal => {
  const known = byStatus.get(status);
  if (known !== undefined) return known;
  const counter = requestsTotal.labels({ status: String(status) });
  byStatus.set(status, counter);
  return counter;
};

/** Knows what is going through a server: how many requests are under way, and when the last one came or went. */
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

  return {
    inFlight: () => inFlight,
    /** Milliseconds since a request came or went. */
    quietMs: () => performance.now() - lastAt,
    /** Follows one request until its answer is out or its caller is gone. */
    follow: (response: ServerResponse): void => {
      const startedAt = performance.now();
      inFlight += 1;
      lastAt = startedAt;
      response.on('close', () => {
        lastAt = performance.now();
        inFlight -= 1;
        requestSeconds.observe((lastAt - startedAt) / 1000);
        counterOf(response.statusCode).inc();
      });
    },
  };
};

export type Traffic = ReturnType<typeof createTraffic>;
