import { Worker } from 'node:worker_threads';

/** What to send, where and how. The requests are made before the clock starts. */
export type Load = Readonly<{
  port: number;
  connections: number;
  requests: Requests;
  /**
   * Arrivals per second, at fixed instants however slow the answers are; if omitted, requests are
   * sent as fast as answers come.
   */
  ratePerSecond?: number;
  /**
   * Never sleeps, so that no server spends time on waking it: for servers that have their own
   * processor.
   */
  awake?: boolean;
}>;

/**
 * Where requests come from: a module that exports `makeRequests(options): Buffer[]`, to be sent in
 * order and each once.
 */
type Requests = Readonly<{ module: string; options: unknown }>;

/**
 * The answers. Latency counts from the instant at which a request was due, so a stall counts for
 * every request that waited.
 */
export type LoadResult = Readonly<{
  sent: number;
  answered: number;
  seconds: number;
  perSecond: number;
  /** Answers by status; `failed` are requests whose connection broke or was refused. */
  statuses: Readonly<Record<string, number>>;
  failed: number;
  /** Milliseconds. */
  p50: number;
  p95: number;
  p99: number;
  max: number;
}>;

/** A load that is being sent. */
export type RunningLoad = Readonly<{
  result: Promise<LoadResult>;
  /**
   * Sends later requests to another port, as a router does: idle connections are closed, busy ones
   * after their answer.
   */
  redirect: (port: number) => void;
}>;

/** A load that has not ended by then never will. */
const patienceMs = 240_000;

/**
 * Starts a load from its own thread over plain sockets, so that the generator costs little and
 * shares no event loop.
 */
export const startLoad = (load: Load): RunningLoad => {
  const worker = new Worker(new URL('./load-worker.ts', import.meta.url), { workerData: load });
  const { promise, resolve, reject } = Promise.withResolvers<LoadResult>();
  const timer = setTimeout(() => {
    reject(new Error(`The load to port ${load.port} did not end`));
    void worker.terminate();
  }, patienceMs);
  worker.once('message', resolve).once('error', reject);
  return {
    result: promise.finally(() => clearTimeout(timer)),
    redirect: (port) => worker.postMessage(port),
  };
};

/** Sends a load to its end. */
export const runLoad = (load: Load): Promise<LoadResult> => startLoad(load).result;
