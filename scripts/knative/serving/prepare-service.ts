import type { Dispatcher } from 'undici';
import { freePort } from '#scripts/services/free-port.ts';
import type { FunctionSpec } from '../topology.ts';
import { createTunnel } from './create-tunnel.ts';
import { Exchange } from './exchange.ts';
import { createPod, type Places, type Pod } from './pod.ts';
import { Revision } from './revision.ts';
import { startListener } from './start-listener.ts';

/** How idle pods are stopped. */
export type ScaleToZero = Readonly<{
  /** Divides the windows, delays and grace period of the manifests. */
  speed: number;
  /** The clock that windows are measured by, in milliseconds. */
  now: () => number;
  /** Called with a line of text when pods stop. */
  log?: (what: string) => void;
}>;

/** How often the autoscaler runs. */
const TICK_MS = 2_000;

/** A Knative Service on this machine: its address and its pods. */
export type FunctionService = Readonly<{
  name: string;
  /** Its address, the same for as long as the runtime lives. */
  url: string;
  /** Where its first pod shows its metrics. */
  metrics: () => string;
  /**
   * Process ids of the pods that run, by their names: that of the Service for the first,
   * `<service>-2` and so on.
   */
  pids: () => Readonly<Record<string, number>>;
  /**
   * Sends a request without an HTTP hop to the address, for the data plane. Returns how to cancel
   * it.
   */
  dispatch: (
    request: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ) => () => void;
  start: () => Promise<void>;
  /**
   * Sends a signal to the first process that is ready, or else to the first that runs; it is
   * started again when it exits.
   */
  kill: (signal: NodeJS.Signals) => void;
  /** Drains each pod and starts it again. */
  restart: () => Promise<void>;
  /** Drains the oldest pod once another one is ready. */
  replace: () => Promise<void>;
  stop: () => Promise<void>;
}>;

const pidsOf = (pods: readonly Pod[]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    pods.flatMap((pod) => {
      const pid = pod.pid();
      return pid === undefined ? [] : [[pod.name, pid]];
    }),
  );

/** Prepares a Service: its address is known at once, and it accepts requests once started. */
export const prepareService = async (
  spec: FunctionSpec,
  places: Places,
  scaleToZero?: ScaleToZero,
): Promise<FunctionService> => {
  const { name, limits, scale } = spec;
  const revision = await Revision.prepare(scale, (ordinal, onSlot) => {
    const podName = ordinal === 0 ? name : `${name}-${ordinal + 1}`;
    return createPod({ name: podName, spec, places, onSlot });
  });
  const withdraw = revision.withdraw.bind(revision);
  const dispatch: FunctionService['dispatch'] = (request, handler) => {
    const exchange = new Exchange({ request, handler, limits, withdraw });
    revision.accept(exchange);
    return () => exchange.abort();
  };

  const closers: (() => unknown)[] = [];
  const port = await freePort();
  const start = async () => {
    const listener = await startListener(port, {
      dispatch,
      upgrade: (request, socket, head) =>
        revision.accept(createTunnel({ request, socket, head, limits, withdraw })),
    });
    closers.push(listener.stop, () => revision.stop(), listener.close);
    await revision.start();
    if (scaleToZero) closers.push(watchIdle(spec, revision, scaleToZero));
  };
  return {
    name,
    url: `http://127.0.0.1:${port}`,
    metrics: () => revision.pods[0]?.metrics ?? '',
    pids: () => pidsOf(revision.pods),
    dispatch,
    start,
    kill: (signal) => {
      const pod = revision.pods.find(({ state }) => state() === 'ready');
      (pod ?? revision.pods.find(({ pid }) => pid() !== undefined))?.kill(signal);
    },
    restart: async () => {
      const ready = revision.pods.filter(({ state }) => state() === 'ready');
      await Promise.all(ready.map((pod) => pod.restart()));
    },
    replace: () => revision.replaceOldest(),
    stop: async () => {
      for (let close = closers.pop(); close; close = closers.pop()) await close();
    },
  };
};

const watchIdle = (
  { name, scale }: FunctionSpec,
  revision: Revision,
  { speed, now, log }: ScaleToZero,
): (() => void) => {
  const review = async () => {
    const stopped = await revision.stopIdle(now(), scale.idleMs / speed);
    if (stopped > 0)
      log?.(`${name}: no requests, ${stopped === 1 ? 'a pod' : `${stopped} pods`} stopped`);
  };
  const timer = setInterval(() => void review(), TICK_MS / speed);
  return () => clearInterval(timer);
};
