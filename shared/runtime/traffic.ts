import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Counter, Gauge } from 'prom-client';
import { createBareHistogram } from './bare-histogram.ts';
import { callerLeftStatus } from './caller-left.ts';
import { latencyBuckets } from './metrics.ts';

/** Responses by status, as plain numbers that prom-client reads when it is scraped. */
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
 * Tracks the traffic of a server: how many requests are in flight, and when the last one started or
 * ended.
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
