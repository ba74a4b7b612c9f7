import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { http } from '@google-cloud/functions-framework';
import { z } from 'zod';
import type { Closer } from './closer.ts';
import { port, readConfig } from './config.ts';
import { closeServer } from './http/close-server.ts';
import type { HttpFunction } from './http/http-function.ts';
import { requestShape, withinTime } from './http/request-time.ts';
import type { Logger } from './log.ts';
import { serveMetrics } from './metrics.ts';
import { createTraffic, type Traffic } from './traffic.ts';

/** Takes over a connection that requests an upgrade: it must respond or destroy the socket. */
export type HandleUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

type Options = Readonly<{
  name: string;
  main: boolean;
  log: Logger;
  handle: HttpFunction;
  close: readonly Closer[];
  /** Without it an upgrade is handled as a plain request. functions-framework has no upgrades. */
  upgrade?: HandleUpgrade;
  /** Called at SIGTERM: closes upgraded connections and streams within 25 s. */
  onDrain?: () => void;
}>;

const shape = {
  PORT: port.default(8080),
  HOST: z.string().default('0.0.0.0'),
  // Not 9090 or 9091: those are queue-proxy's, in the same pod.
  METRICS_PORT: port.default(9464),
  ...requestShape,
};

/**
 * Registers a function with functions-framework and, when this process is the function itself,
 * serves it with our own lean host. If the `functions-framework` command loads it, it is only
 * registered and the framework serves it. docs/decisions/0001-host.md explains why there are two.
 */
export const serve = async (options: Options): Promise<void> => {
  const { name, main, log, handle, close, upgrade, onDrain } = options;
  const { PORT, HOST, METRICS_PORT, REQUEST_SECONDS } = readConfig(shape);
  const bounded = withinTime(handle, REQUEST_SECONDS * 1000, log);
  const probed: HttpFunction = (request, response) =>
    answerProbe(request, response) ? Promise.resolve() : bounded(request, response);
  http(name, probed);
  if (!main) return;
  const metrics = await serveMetrics(HOST, METRICS_PORT);
  const traffic = createTraffic();
  const server = createHost(probed, traffic);
  if (upgrade) acceptUpgrades(server, traffic, upgrade);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(PORT, HOST, resolve);
  });
  log.info({ address: server.address(), metrics: metrics.address() }, 'ready');
  const closers = [...close, () => closeServer(metrics)];
  drainOnSignal({ server, traffic, log, onDrain, close: closers });
};

/** Gives upgrades to their handler, and counts their connections as in flight. */
export const acceptUpgrades = (server: Server, traffic: Traffic, upgrade: HandleUpgrade): void => {
  server.on('upgrade', (request, socket, head) => {
    // Until the handler listens itself: a reset would end the process.
    socket.on('error', () => undefined);
    traffic.followUpgraded(socket);
    upgrade(request, socket, head);
  });
};

/**
 * What queue-proxy lets through of a request line with its headers: the default of Go's net/http,
 * 1 MiB and 4 KiB. A smaller limit here would answer 431 to a valid event for a header of its
 * Kafka record, and 431 is never retried.
 */
const headerBytesMax = 1_048_576 + 4_096;

/**
 * The lean server: limits on slow senders, timeouts that outlive the callers' pools, and none of
 * the framework's middleware.
 */
export const createHost = (
  handle: HttpFunction,
  traffic: Traffic,
  { headersMs = 10_000, bodyMs = 30_000 } = {},
): Server => {
  const server = createServer(
    {
      maxHeaderSize: headerBytesMax,
      // Longer than any caller keeps an idle connection, so that it is never us who closes one just
      // as it is reused.
      keepAliveTimeout: 620_000,
      headersTimeout: headersMs,
      // No legitimate sender takes longer for a body of at most 1 MiB.
      requestTimeout: bodyMs,
      // How often Node looks for those that take longer; every 30 s by default.
      connectionsCheckingInterval: headersMs / 10,
    },
    (request, response) => {
      traffic.follow(response);
      void handle(request, response);
    },
  );
  // Node would silently drop all headers after the 2,000th; queue-proxy does not count them.
  server.maxHeadersCount = 0;
  return server;
};

type Draining = Readonly<{
  server: Server;
  traffic: Traffic;
  log: Logger;
  close: readonly Closer[];
  /**
   * Called at the signal: ends connections that would stay open by themselves, within drainMsMax.
   */
  onDrain?: (() => void) | undefined;
}>;

/** Set by the signal, so that readiness fails from then on and no new traffic is sent here. */
let isDraining = false;

/** No request for this long means that routing has moved on. */
const quietMsMin = 1_000;

/**
 * Kubernetes kills after the grace period (the revision's timeout, 300 s by default); we go long
 * before.
 */
const drainMsMax = 25_000;

/**
 * Owns SIGTERM and SIGINT: keeps serving until no request has come for a second, then stops
 * listening, lets what is in flight finish, closes the clients and ends with exit code 0. A second
 * signal ends at once. Closing the listener first would refuse requests that routing still sends
 * here: docs/decisions/0002-sigterm.md.
 */
const drainOnSignal = ({ server, traffic, log, close, onDrain }: Draining): void => {
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
    if (isDraining) process.exit(1);
    isDraining = true;
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

/**
 * Answers `GET /livez` and `GET /readyz` and returns whether it did. Ready means started and not
 * shutting down: a lost dependency is answered per request with 503, because removing every pod
 * from rotation at once helps nobody.
 */
const answerProbe = ({ method, url }: IncomingMessage, response: ServerResponse): boolean => {
  if (method !== 'GET' || (url !== '/readyz' && url !== '/livez')) return false;
  const status = url === '/readyz' && isDraining ? 503 : 200;
  response
    .writeHead(status, { 'content-type': 'text/plain' })
    .end(status === 200 ? 'ok' : 'draining');
  return true;
};
