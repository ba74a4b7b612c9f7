import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '#scripts/services/free-port.ts';
import { localServer } from '#scripts/services/local-server.ts';
import type { Report } from '#scripts/services/progress.ts';

/** A function of ours as a process: what a Knative Service is here. */
export type FunctionProcess = Readonly<{
  name: string;
  /** Its address, the same for as long as the runtime lives. */
  origin: string;
  /** Where it shows its metrics. */
  metrics: string;
  pid: () => number | undefined;
  start: () => Promise<void>;
  /** Sends a signal to the process; when it goes, another one comes up. */
  kill: (signal: NodeJS.Signals) => void;
  /** Lets it drain, then starts it again. */
  restart: () => Promise<void>;
  stop: () => Promise<void>;
}>;

type Options = Readonly<{
  name: string;
  /** Where the record of its process is kept. */
  directory: string;
  logFile: string;
  bundle: string;
  /** The variables of its manifest. */
  environment: Readonly<Record<string, string>>;
  report: Report;
}>;

/** A little more than the 25 s that a function takes at most to drain. */
const STOP_TIMEOUT_MS = 30_000;
const BACKOFF_MS_MAX = 5_000;

const isReady = async (origin: string): Promise<boolean> =>
  (await fetch(`${origin}/readyz`, { signal: AbortSignal.timeout(1_000) })).ok;

/** What Knative adds to a container, and where it listens here instead of on its own loopback. */
const surroundings = (name: string, ports: { http: number; metrics: number }) => ({
  PORT: String(ports.http),
  HOST: '127.0.0.1',
  METRICS_PORT: String(ports.metrics),
  K_SERVICE: name,
  K_CONFIGURATION: name,
  K_REVISION: `${name}-00001`,
});

/** Starts again until it succeeds, with longer and longer pauses. */
const persist = async (start: () => Promise<void>, isStopped: () => boolean): Promise<void> => {
  for (let attempt = 0; ; attempt += 1) {
    await sleep(Math.min(100 * 2 ** attempt, BACKOFF_MS_MAX));
    if (isStopped()) return;
    const failure = await start().catch((error: unknown) => error ?? true);
    if (failure === undefined) return;
  }
};

/** Prepares a function's process on ports of its own; it has the variables of its manifest and none of ours. */
export const functionProcess = async (options: Options): Promise<FunctionProcess> => {
  const { name, directory, logFile, bundle, environment, report } = options;
  const ports = { http: await freePort(), metrics: await freePort() };
  const origin = `http://127.0.0.1:${ports.http}`;
  let isStopped = false;

  const server = localServer({
    name,
    directory: join(directory, name),
    logFile,
    // kafkajs 2.2.4 asks for timers in the past, which Node warns about and survives.
    command: [process.execPath, '--disable-warning=TimeoutNegativeWarning', bundle],
    environment: { PATH: process.env['PATH'], ...environment, ...surroundings(name, ports) },
    stopSignal: 'SIGTERM',
    stopTimeoutMs: STOP_TIMEOUT_MS,
    isReady: () => isReady(origin),
    onCrash: () => void persist(start, () => isStopped),
  });

  const start = async () => {
    report({ subject: name, step: 'starting' });
    await server.start();
    report({ subject: name, step: `ready at ${origin}`, done: true });
  };
  const stop = () => {
    isStopped = true;
    return server.stop();
  };
  const restart = async () => {
    await server.stop();
    await start();
  };
  const kill = (signal: NodeJS.Signals) => {
    const pid = server.pid();
    if (pid !== undefined) process.kill(pid, signal);
  };
  const metrics = `http://127.0.0.1:${ports.metrics}/metrics`;
  return { name, origin, metrics, pid: server.pid, start, kill, restart, stop };
};
