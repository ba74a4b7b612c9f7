import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { javaCommand } from './kafka/java-command.ts';
import { hasJars, type JarSet, javaObstacle, mavenJars } from './kafka/maven-jars.ts';
import { localServer } from './local-server.ts';
import type { LocalServer } from './service.ts';

const connectJars: JarSet = {
  subject: 'Kafka Connect with Debezium',
  prefix: 'connect',
  pom: join(import.meta.dirname, 'connect', 'pom.xml'),
};

/** Whether the jars are cached, so that starting Kafka Connect downloads nothing. */
export const hasConnect = (cache: string): Promise<boolean> => hasJars(connectJars, cache);

/**
 * What prevents Kafka Connect from running on this machine, as a sentence with what to install;
 * undefined if nothing.
 */
export const connectObstacle = (cache: string): Promise<string | undefined> =>
  javaObstacle(connectJars, cache);

/** The settings of a connector, by name. */
export type ConnectorConfig = Readonly<Record<string, string>>;

/** The state of a task; the stack trace of one that failed. */
type TaskState = Readonly<{ state: string; trace?: string }>;

/** A worker of Kafka Connect, which remembers in a file how far its connectors have read. */
export type ConnectServer = LocalServer &
  Readonly<{
    /**
     * Creates a connector or changes its configuration.
     * @throws Error with what Connect answers, such as which setting is wrong.
     */
    configure: (name: string, config: ConnectorConfig) => Promise<void>;
    /** The task of a connector; undefined until there is one. */
    task: (name: string) => Promise<TaskState | undefined>;
    /**
     * Deletes a connector's offsets, so that it starts with a new slot: changes in between are not
     * sent (docs/operations/cdc.md).
     */
    forgetOffsets: (name: string) => Promise<void>;
  }>;

type Context = Readonly<{
  /** Where offsets, log and process record live. */
  directory: string;
  /** Where jars are cached. */
  cache: string;
  brokers: string;
  log?: (step: string) => void;
  /** How often offsets are written; what was sent since is sent again after a crash. */
  flushMs?: number;
}>;

const workerProperties = (port: number, { directory, brokers, flushMs = 1_000 }: Context): string =>
  Object.entries({
    'bootstrap.servers': brokers,
    listeners: `http://127.0.0.1:${port}`,
    'offset.storage.file.filename': join(directory, 'offsets'),
    'offset.flush.interval.ms': flushMs,
    'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    // The plugins are on the class path and declare themselves, so nothing is scanned.
    'plugin.discovery': 'service_load',
    // Topics are created from manifests, never automatically.
    'topic.creation.enable': false,
    // A silent connection is noticed within seconds, as in our own clients.
    'producer.delivery.timeout.ms': 30_000,
    'producer.request.timeout.ms': 10_000,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

const ask = async (url: string, init: RequestInit = {}): Promise<Response> => {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { ...init, headers });
  if (response.ok || response.status === 404) return response;
  throw new Error(`Kafka Connect answered ${response.status}: ${await response.text()}`);
};

/**
 * One standalone worker of Kafka Connect with Debezium's connector for Postgres, from Maven
 * Central, on a free port. Nothing is downloaded until it is needed.
 */
export const startConnect = async (context: Context): Promise<ConnectServer> => {
  const { directory, cache, log = () => undefined } = context;
  const obstacle = await connectObstacle(cache);
  if (obstacle) throw new Error(obstacle);
  const jars = await mavenJars(connectJars, cache, log);
  const port = await freePort();
  const properties = join(directory, 'worker.properties');
  await mkdir(directory, { recursive: true });
  await writeFile(properties, workerProperties(port, context));
  const url = `http://127.0.0.1:${port}/connectors`;
  const server = localServer({
    name: 'Kafka Connect',
    directory,
    command: javaCommand(
      { jars, heapMb: [64, 384] },
      'org.apache.kafka.connect.cli.ConnectStandalone',
      properties,
    ),
    stopSignal: 'SIGTERM',
    isReady: async () => (await fetch(url)).ok,
  });
  log('starting');
  await server.start();
  return {
    ...server,
    configure: async (name, config) => {
      const body = JSON.stringify(config);
      await ask(`${url}/${name}/config`, { method: 'PUT', body });
    },
    task: async (name) => {
      const response = await ask(`${url}/${name}/status`);
      if (response.status === 404) return undefined;
      const status = (await response.json()) as { tasks: readonly TaskState[] };
      return status.tasks[0];
    },
    forgetOffsets: async (name) => {
      await ask(`${url}/${name}/stop`, { method: 'PUT' });
      await ask(`${url}/${name}/offsets`, { method: 'DELETE' });
      await ask(`${url}/${name}/resume`, { method: 'PUT' });
    },
  };
};
