import { setTimeout as sleep } from 'node:timers/promises';
import { compileCache } from '#scripts/services/cache-directory.ts';
import { localServer } from '#scripts/services/local-server.ts';
import type { Report } from '#scripts/services/progress.ts';

/** `terminating`: after SIGTERM it drains and gets no new requests; then another one starts. */
type State = 'stopped' | 'starting' | 'ready' | 'terminating' | 'stopping';

/** One of our functions as a process: the container of a pod. */
export type FunctionProcess = Readonly<{
  name: string;
  /** Where it shows its metrics. */
  metrics: string;
  pid: () => number | undefined;
  state: () => State;
  start: () => Promise<void>;
  /** Starts it in the background, again and again until it is ready. */
  wake: () => void;
  /** Sends a signal to the process; when it exits, another one starts. */
  kill: (signal: NodeJS.Signals) => void;
  /** Drains it, then starts it again. */
  restart: () => Promise<void>;
  stop: () => Promise<void>;
}>;

type Ports = Readonly<{ http: number; metrics: number }>;

type Options = Readonly<{
  name: string;
  /** The Knative Service that it belongs to. */
  service: string;
  ports: Ports;
  /** The folder of the record of its process. */
  directory: string;
  logFile: string;
  bundle: string;
  /** The variables of its manifest. */
  environment: Readonly<Record<string, string>>;
  report: Report;
  onReady: () => void;
  /** Called before SIGTERM, when it no longer gets requests. */
  preStop: () => Promise<void>;
}>;

/** A little more than the 25 s that a function takes at most to drain. */
const STOP_TIMEOUT_MS = 30_000;
const BACKOFF_MS_MAX = 5_000;

const isReady = async (origin: string): Promise<boolean> =>
  (await fetch(`${origin}/readyz`, { signal: AbortSignal.timeout(1_000) })).ok;

/**
 * What Knative and our image add to a container, and where it listens here instead of on its own
 * loopback.
 */
const surroundings = (service: string, ports: Ports) => ({
  PORT: String(ports.http),
  HOST: '127.0.0.1',
  METRICS_PORT: String(ports.metrics),
  K_SERVICE: service,
  K_CONFIGURATION: service,
  K_REVISION: `${service}-00001`,
  NODE_COMPILE_CACHE: compileCache,
});

/** Starts again until it succeeds, with longer and longer pauses. */
const persist = async (start: () => Promise<void>, isWanted: () => boolean): Promise<void> => {
  for (let attempt = 0; ; attempt += 1) {
    await sleep(Math.min(100 * 2 ** attempt, BACKOFF_MS_MAX));
    if (!isWanted()) return;
    const failure = await start().catch((error: unknown) => error ?? true);
    if (failure === undefined) return;
  }
};

const recipeOf = ({ name, service, ports, bundle, environment, ...places }: Options) => ({
  name,
  directory: places.directory,
  logFile: places.logFile,
  command: [process.execPath, bundle] as const,
  environment: { PATH: process.env['PATH'], ...environment, ...surroundings(service, ports) },
  stopSignal: 'SIGTERM' as const,
  stopTimeoutMs: STOP_TIMEOUT_MS,
});

/** Prepares a function's process; it has the variables of its manifest and none of ours. */
export const functionProcess = (options: Options): FunctionProcess => {
  const { name, ports, report, onReady, preStop } = options;
  let state: State = 'stopped';
  const isStarting = () => state === 'starting';

  const server = localServer({
    ...recipeOf(options),
    isReady: () => isReady(`http://127.0.0.1:${ports.http}`),
    onCrash: () => {
      if (state !== 'ready' && state !== 'terminating') return;
      state = 'starting';
      void persist(start, isStarting);
    },
  });

  const start = async () => {
    state = 'starting';
    report({ subject: name, step: 'starting' });
    await server.start();
    if (!isStarting()) return;
    state = 'ready';
    report({ subject: name, step: 'ready', done: true });
    onReady();
  };
  const wake = () => {
    start().catch(() => persist(start, isStarting));
  };
  const end = async () => {
    state = 'stopping';
    await preStop();
    await server.stop();
  };
  const stop = async () => {
    await end();
    state = 'stopped';
  };
  const restart = async () => {
    await end();
    await start();
  };
  const kill = (signal: NodeJS.Signals) => {
    const pid = server.pid();
    if (pid === undefined) return;
    if (signal === 'SIGTERM' && state === 'ready') state = 'terminating';
    process.kill(pid, signal);
  };
  const metrics = `http://127.0.0.1:${ports.metrics}/metrics`;
  const { pid } = server;
  return { name, metrics, pid, state: () => state, start, wake, kill, restart, stop };
};
