/** The thread behind runLoad. */
import { connect, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import type { Load, LoadResult } from './load.ts';
import { createResponseReader } from './response-reader.ts';

const { port, connections, requests, ratePerSecond } = workerData as Load;
const { makeRequests } = (await import(requests.module)) as {
  makeRequests: (options: unknown) => Promise<Buffer[]> | Buffer[];
};
const bodies = await makeRequests(requests.options);

const latencies = new Float64Array(bodies.length);
const statuses: Record<string, number> = {};
const idle: Connection[] = [];
let next = 0;
let answered = 0;
let failed = 0;
let startedAt = 0;

type Connection = { socket: Socket; dueAt: number; busy: boolean };

const { promise: done, resolve: finish } = Promise.withResolvers<undefined>();

const dueAt = (number: number): number =>
  ratePerSecond === undefined ? performance.now() : startedAt + (number * 1000) / ratePerSecond;

/** Gives a connection the next request if one is due, else lets it wait for one. */
const serve = (connection: Connection): void => {
  if (next >= bodies.length) return;
  const due = dueAt(next);
  if (due > performance.now()) {
    idle.push(connection);
    return;
  }
  connection.dueAt = due;
  connection.busy = true;
  connection.socket.write(bodies[next] as Buffer);
  next += 1;
};

const settle = (): void => {
  if (answered + failed === bodies.length) finish(undefined);
};

const open = (): Promise<Connection> =>
  new Promise((resolve, reject) => {
    const connection: Connection = { socket: connect(port, '127.0.0.1'), dueAt: 0, busy: false };
    const { socket } = connection;
    const read = createResponseReader((status) => {
      latencies[answered] = performance.now() - connection.dueAt;
      answered += 1;
      statuses[status] = (statuses[status] ?? 0) + 1;
      connection.busy = false;
      settle();
      serve(connection);
    });
    socket.setNoDelay(true).on('data', read);
    socket.once('connect', () => resolve(connection)).once('error', reject);
    socket.on('error', () => undefined).on('close', () => replace(connection));
  });

/** A connection that the server closed is opened again; a request that was under way on it has failed. */
const replace = (connection: Connection): void => {
  const position = idle.indexOf(connection);
  if (position >= 0) idle.splice(position, 1);
  if (connection.busy) failed += 1;
  settle();
  if (answered + failed < bodies.length) void reopen();
};

const reopen = async (): Promise<void> => {
  try {
    serve(await open());
  } catch {
    setTimeout(() => void reopen(), 10);
  }
};

const tick = (): void => {
  while (idle.length > 0 && next < bodies.length && dueAt(next) <= performance.now()) {
    serve(idle.pop() as Connection);
  }
};

const opened = await Promise.all(Array.from({ length: connections }, open));
startedAt = performance.now();
opened.forEach(serve);
const timer = setInterval(tick, 1);
await done;
clearInterval(timer);
const seconds = (performance.now() - startedAt) / 1000;

const sorted = latencies.subarray(0, answered).sort();
const percentile = (share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
const result: LoadResult = {
  answered,
  seconds,
  perSecond: answered / seconds,
  statuses,
  failed,
  p50: percentile(0.5),
  p95: percentile(0.95),
  p99: percentile(0.99),
  max: percentile(1),
};
parentPort?.postMessage(result);
process.exit(0);
