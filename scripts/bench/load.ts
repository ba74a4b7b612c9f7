import { Worker } from 'node:worker_threads';

/** What to send where, and how. The requests are made before the clock starts. */
export type Load = Readonly<{
  port: number;
  connections: number;
  /** Module that exports `makeRequests(options): Buffer[]`, the requests to send, in order and each once. */
  requests: Readonly<{ module: string; options: unknown }>;
  /** Arrivals per second at fixed instants, whatever the answers do; as fast as answers come when left out. */
  ratePerSecond?: number;
}>;

/** What came back. Latency counts from the instant a request was due, so a stall is seen by all that had to wait. */
export type LoadResult = Readonly<{
  answered: number;
  seconds: number;
  perSecond: number;
  /** Answers by status; `failed` are connections that broke. */
  statuses: Readonly<Record<string, number>>;
  failed: number;
  /** Milliseconds. */
  p50: number;
  p95: number;
  p99: number;
  max: number;
}>;

/** Sends a load from a thread of its own over plain sockets, so that the generator costs little and shares no event loop. */
export const runLoad = (load: Load): Promise<LoadResult> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./load-worker.ts', import.meta.url), { workerData: load });
    worker.once('message', resolve).once('error', reject);
  });
