import { resolve } from 'node:path';
import { Pool } from 'undici';
import { eventually } from '#scripts/services/eventually.ts';
import { freePort } from '#scripts/services/free-port.ts';
import type { Report } from '#scripts/services/progress.ts';
import { type FunctionProcess, functionProcess } from '../function-process.ts';
import type { FunctionSpec } from '../topology.ts';
import { Breaker } from './breaker.ts';

/** Where functions are and where they leave what they write. */
export type Places = Readonly<{
  bundles: string;
  directory: string;
  logDirectory: string;
  report: Report;
}>;

/** A process of a function behind its queue-proxy. */
export type Pod = FunctionProcess & Readonly<{ breaker: Breaker; close: () => Promise<void> }>;

type Options = Readonly<{
  name: string;
  spec: FunctionSpec;
  places: Places;
  /** Called when it could take a request: it became ready, or has a free slot that nobody waits for. */
  onSlot: () => void;
}>;

/** Prepares a pod on ports of its own. Before its process hears SIGTERM its requests in flight end, as by queue-proxy's preStop. */
export const createPod = async ({ name, spec, places, onSlot }: Options): Promise<Pod> => {
  const ports = { http: await freePort(), metrics: await freePort() };
  const pool = new Pool(`http://127.0.0.1:${ports.http}`, { keepAliveTimeout: 600_000 });
  const breaker = new Breaker({
    concurrency: spec.concurrency,
    pod: { port: ports.http, pool },
    onSlot,
  });
  const process = functionProcess({
    name,
    service: spec.name,
    ports,
    directory: resolve(places.directory, name),
    logFile: resolve(places.logDirectory, `${name}.log`),
    bundle: resolve(places.bundles, spec.name, 'index.js'),
    environment: spec.environment,
    report: places.report,
    onReady: onSlot,
    preStop: async () => {
      await eventually(() => breaker.inFlight === 0, { timeoutMs: spec.limits.totalMs });
    },
  });
  return { ...process, breaker, close: () => pool.destroy() };
};
