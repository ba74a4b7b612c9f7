/** The thread behind startLoad. */
import { parentPort, workerData } from 'node:worker_threads';
import { createConnections } from './connections.ts';
import { createLatencies } from './latencies.ts';
import type { Load, LoadResult } from './load.ts';

const { port, connections, requests, ratePerSecond, awake } = workerData as Load;
const { makeRequests } = (await import(requests.module)) as {
  makeRequests: (options: unknown) => readonly Buffer[];
};
const buffers = makeRequests(requests.options);
const latencies = createLatencies(buffers.length);
const statuses: Record<string, number> = {};
let next = 0;
let failed = 0;
let startedAt = Number.POSITIVE_INFINITY;

const { promise: done, resolve: finish } = Promise.withResolvers<undefined>();

/** When a request is due: at its instant, or without a rate as soon as a connection is free. */
const dueAt = (number: number, now: number): number =>
  ratePerSecond === undefined
    ? Math.max(now, startedAt)
    : startedAt + (number * 1000) / ratePerSecond;

const settle = (): void => {
  if (latencies.count() + failed === buffers.length) finish(undefined);
};

const pool = createConnections({
  port,
  count: connections,
  take: () => {
    const now = performance.now();
    const due = dueAt(next, now);
    const bytes = buffers[next];
    if (bytes === undefined || due > now) return undefined;
    next += 1;
    return { bytes, dueAt: due };
  },
  answered: (status, due) => {
    latencies.add(performance.now() - due);
    statuses[status] = (statuses[status] ?? 0) + 1;
    settle();
  },
  broke: () => {
    failed += 1;
    settle();
  },
});

await pool.open();
parentPort?.on('message', (target: number) => pool.redirect(target));
startedAt = performance.now();
pool.serveIdle();
const timer = setInterval(() => pool.serveIdle(), 1);
const stayAwake = (): void => {
  setImmediate(stayAwake);
};
if (awake) stayAwake();
await done;
clearInterval(timer);

const seconds = (performance.now() - startedAt) / 1000;
const result: LoadResult = {
  sent: buffers.length,
  answered: latencies.count(),
  seconds,
  perSecond: latencies.count() / seconds,
  statuses,
  failed,
  ...latencies.percentiles(),
};
parentPort?.postMessage(result);
process.exit(0);
