import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { findOnPath } from '#scripts/services/find-on-path.ts';
import { freePort } from '#scripts/services/free-port.ts';
import { localServer } from '#scripts/services/local-server.ts';
import { whenEnding } from '#scripts/services/when-ending.ts';
import { type Usage, usageOf } from './processor-time.ts';

/** A server under measurement, in its own process. */
export type BenchServer = Readonly<{
  port: number;
  pid: number;
  usage: () => Promise<Usage>;
  /** Sends SIGTERM, and resolves once it has exited. */
  stop: () => Promise<void>;
}>;

type Recipe = Readonly<{
  name: string;
  /** Arguments of node; `PORT`, `HOST` and `METRICS_PORT` are in the environment. */
  node: readonly string[];
  environment?: Readonly<Record<string, string>>;
  /** Pins it to one processor, where the system can. */
  core?: number;
}>;

/** Starts a server on a free loopback port and waits until it listens. */
const startServer = async (directory: string, recipe: Recipe): Promise<BenchServer> => {
  const port = await freePort();
  const server = localServer({
    name: recipe.name,
    directory: join(directory, `${recipe.name}-${port}`),
    command: commandOf(recipe),
    environment: {
      NODE_ENV: 'production',
      LOG_LEVEL: 'warn',
      HOST: '127.0.0.1',
      METRICS_PORT: String(await freePort()),
      ...recipe.environment,
      PORT: String(port),
    },
    stopSignal: 'SIGTERM',
    isReady: () => listens(port),
  });
  const forget = whenEnding(() => server.stop());
  await server.start();
  const pid = server.pid();
  if (pid === undefined) throw new Error(`${recipe.name} ended as soon as it was ready`);
  return {
    port,
    pid,
    usage: () => usageOf(pid),
    stop: async () => {
      forget();
      await server.stop();
    },
  };
};

const listens = async (port: number): Promise<boolean> => {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } finally {
    socket.destroy();
  }
};

const commandOf = ({ node, core }: Recipe): [string, ...string[]] => {
  const command: [string, ...string[]] = [process.execPath, ...node];
  const taskset = core === undefined ? undefined : findOnPath('taskset');
  return taskset ? [taskset, '--cpu-list', String(core), ...command] : command;
};

/** Servers of a row, all stopped together whatever happens. */
export type Servers = Readonly<{
  start: (recipe: Recipe) => Promise<BenchServer>;
  stopAll: () => Promise<void>;
}>;

/** Starts servers in a directory and remembers them. */
export const createServers = (directory: string): Servers => {
  const running: BenchServer[] = [];
  return {
    start: async (recipe) => {
      const server = await startServer(directory, recipe);
      running.push(server);
      return server;
    },
    stopAll: async () => {
      await Promise.all(running.map((server) => server.stop()));
    },
  };
};
