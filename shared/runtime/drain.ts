import type { Server } from 'node:http';
import { closeServer } from './http/close-server.ts';
import type { Logger } from './log.ts';

/** Ends something a function holds: a pool, a producer, a subscription. */
export type Closer = () => Promise<unknown>;

type Draining = Readonly<{
  server: Server;
  traffic: Readonly<{ inFlight: () => number; quietMs: () => number }>;
  log: Logger;
  close: readonly Closer[];
  /**
   * Called at the signal: ends connections that would stay open by themselves, within drainMsMax.
   */
  onDrain?: (() => void) | undefined;
}>;

/** Set by the signal. */
let draining = false;

/** Whether the process shuts down: readiness fails, so that no new traffic is sent here. */
export const isDraining = (): boolean => draining;

/** No request for this long means that routing has moved on. */
const quietMsMin = 1_000;

/**
 * Kubernetes kills the pod after the grace period (the revision's timeout, 300 s by default); we
 * exit long before.
 */
const drainMsMax = 25_000;

/**
 * Handles SIGTERM and SIGINT: keeps serving until no request has arrived for a second, then stops
 * listening, finishes requests in flight, closes the clients and exits with code 0. A second signal
 * ends the process at once. Closing the listener first would refuse requests that routing still
 * sends here: docs/decisions/0002-sigterm.md.
 */
export const drainOnSignal = ({ server, traffic, log, close, onDrain }: Draining): void => {
  const finish = async (): Promise<void> => {
    await closeServer(server);
    for (const closer of close) await closer();
    log.info('drained');
    process.exit(0);
  };

  const fail = (error: unknown): void => {
    log.error({ err: error }, 'drain failed');
    process.exit(1);
  };

  const drain = (signal: string): void => {
    if (draining) process.exit(1);
    draining = true;
    // Callers reopen elsewhere; set before the function writes its head.
    server.prependListener('request', (_request, response) =>
      response.setHeader('connection', 'close'),
    );
    const startedAt = performance.now();
    log.info({ signal, inFlight: traffic.inFlight() }, 'draining');
    onDrain?.();
    const timer = setInterval(() => {
      const waitedMs = performance.now() - startedAt;
      const quiet = traffic.inFlight() === 0 && Math.min(waitedMs, traffic.quietMs()) >= quietMsMin;
      if (!quiet && waitedMs < drainMsMax) return;
      clearInterval(timer);
      finish().catch(fail);
    }, 50);
  };

  process.on('SIGTERM', drain).on('SIGINT', drain);
};
