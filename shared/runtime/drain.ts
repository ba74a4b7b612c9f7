import type { Server } from 'node:http';
import { startDraining } from './health.ts';
import type { Closer } from './host.ts';
import type { Logger } from './log.ts';

type Options = Readonly<{ server: Server; log: Logger; close: readonly Closer[] }>;

/** No request for this long means that routing has moved on. */
const quietMs = 1_000;

/** Kubernetes kills after the grace period (revision timeout, 300 s by default); we go long before. */
const drainMsMax = 25_000;

/**
 * Owns SIGTERM and SIGINT: keeps serving until no request has come for a second, then stops listening, lets what is in
 * flight finish, closes the clients and ends with exit code 0. A second signal ends at once.
 * Closing the listener first would refuse requests that routing still sends here: docs/decisions/0002-sigterm.md.
 */
export const drainOnSignal = ({ server, log, close }: Options): void => {
  let inFlight = 0;
  let lastAt = 0;
  let draining = false;
  server.prependListener('request', (_request, response) => {
    inFlight += 1;
    lastAt = performance.now();
    // Callers reopen elsewhere; set before the function writes its head.
    if (draining) response.setHeader('connection', 'close');
    response.once('close', () => {
      inFlight -= 1;
    });
  });

  const finish = async (): Promise<void> => {
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeIdleConnections();
    });
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
    startDraining();
    const startedAt = performance.now();
    lastAt = startedAt;
    log.info({ signal, inFlight }, 'draining');
    const timer = setInterval(() => {
      const now = performance.now();
      const quiet = inFlight === 0 && now - lastAt >= quietMs;
      if (!quiet && now - startedAt < drainMsMax) return;
      clearInterval(timer);
      finish().catch(fail);
    }, 50);
  };

  process.on('SIGTERM', drain).on('SIGINT', drain);
};
