import { resolve } from 'node:path';
import { Pool } from 'undici';
import { eventually } from '#scripts/services/eventually.ts';
import { freePort } from '#scripts/services/free-port.ts';
import type { Report } from '#scripts/services/progress.ts';
import type { FunctionSpec } from '../topology.ts';
import { Breaker } from './breaker.ts';
import { type FunctionProcess, functionProcess } from './function-process.ts';

/** Where the bundles are, and where processes keep their records and logs. */
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
  /**
   * Called when it can take a request: it became ready, or a slot became free and its queue is
   * empty.
   */
  onSlot: () => void;
}>;

/**
 * Prepares a pod on its own ports. Its process gets SIGTERM once its requests in flight are
 * answered, as with queue-proxy's preStop hook; upgraded connections are its own to close.
 */
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
      await eventually(() => breaker.unanswered === 0, { timeoutMs: spec.limits.totalMs });
    },
  });
  return { ...process, breaker, close: () => pool.destroy() };
};
