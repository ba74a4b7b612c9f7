import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { http } from '@google-cloud/functions-framework';
import { Counter, Gauge } from 'prom-client';
import { z } from 'zod';
import { callerLeftStatus } from './caller-left.ts';
import { port, readConfig, requestShape } from './config.ts';
import { type Closer, drainOnSignal, isDraining } from './drain.ts';
import { closeServer } from './http/close-server.ts';
import type { HttpFunction } from './http/http-function.ts';
import { HttpProblem, sendProblem } from './http/problem.ts';
import type { Logger } from './log.ts';
import { createBareHistogram, latencyBuckets, serveMetrics } from './metrics.ts';
import { pathOf } from './path-of.ts';
import { type Warmer, warmUp } from './warm-up.ts';

/** Handles a connection that requests an upgrade: it must respond or destroy the socket. */
export type HandleUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

type Options = Readonly<{
  name: string;
  main: boolean;
  log: Logger;
  handle: HttpFunction;
  close: readonly Closer[];
  /** Run before the function listens. */
  warmers?: readonly Warmer[];
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
  const { name, main, log, handle, close, warmers = [], upgrade, onDrain } = options;
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
  await warmUp(warmers, { log });
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
      // Longer than any caller keeps an idle connection, so that we never close one just as it is
      // reused.
      keepAliveTimeout: 620_000,
      headersTimeout: headersMs,
      // No legitimate sender takes longer for a body of at most 1 MiB.
      requestTimeout: bodyMs,
      // How often Node checks for connections that take longer; every 30 s by default.
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

/**
 * Answers `GET /livez` and `GET /readyz` and returns whether it did. Ready means started and not
 * shutting down: a lost dependency is answered per request with 503, because removing every pod
 * from rotation at once helps nobody.
 */
const answerProbe = ({ method, url }: IncomingMessage, response: ServerResponse): boolean => {
  if (method !== 'GET' || (url !== '/readyz' && url !== '/livez')) return false;
  const status = url === '/readyz' && isDraining() ? 503 : 200;
  response
    .writeHead(status, { 'content-type': 'text/plain' })
    .end(status === 200 ? 'ok' : 'draining');
  return true;
};

/** Whether the response is no longer needed: it was sent, or the caller disconnected. */
export const isOver = (response: ServerResponse): boolean =>
  response.writableEnded || response.destroyed;

type Waiting = Readonly<{ request: IncomingMessage; dueAt: number }>;

/**
 * Answers 503 to a request that is still being handled after `requestMs`, so that its sender
 * retries it. A later response of the function is dropped.
 */
export const withinTime = (handle: HttpFunction, requestMs: number, log: Logger): HttpFunction => {
  // All requests have the same timeout, so they expire in the order of their arrival, and one timer
  // is enough.
  const waiting = new Map<ServerResponse, Waiting>();
  let timer: NodeJS.Timeout | undefined;

  const expire = (): void => {
    timer = undefined;
    const now = performance.now();
    for (const [response, { request, dueAt }] of waiting) {
      if (dueAt > now) {
        timer = setTimeout(expire, dueAt - now).unref();
        return;
      }
      waiting.delete(response);
      giveUp(request, response, log);
    }
  };
  function forget(this: ServerResponse): void {
    waiting.delete(this);
  }

  return async (request, response) => {
    waiting.set(response, { request, dueAt: performance.now() + requestMs });
    timer ??= setTimeout(expire, requestMs).unref();
    response.on('close', forget);
    await handle(request, response);
  };
};

const giveUp = (request: IncomingMessage, response: ServerResponse, log: Logger): void => {
  // A response that has begun is a stream, which lasts as long as its client reads it.
  if (isOver(response) || response.headersSent) return;
  log.error({ status: 503, path: pathOf(request) }, 'a request took too long');
  const detail = 'The request exceeded its deadline, retry';
  sendProblem(response, new HttpProblem(503, 'deadline-exceeded', detail, { 'retry-after': '1' }));
};

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
    /** Milliseconds since a request last started or ended. */
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

/** The one source of "now": functions take it as a dependency, so that tests choose the time. */
export type Clock = () => Date;

/** The machine's clock. */
export const systemClock: Clock = () => new Date();
