import type { Report } from '#scripts/services/progress.ts';
import { whenEnding } from '#scripts/services/when-ending.ts';
import { Kafka, type KafkaConfig, logLevel } from '#shared/eventing/kafka/kafkajs.ts';
import { createTopics } from './create-topics.ts';
import type { LocalKnative } from './local-knative.ts';
import { onlyServices } from './only-services.ts';
import { startReceivers } from './receivers/receivers.ts';
import { createTargets } from './receivers/targets.ts';
import type { ScaleToZero } from './serving/prepare-service.ts';
import { type Functions, prepareFunctions } from './serving/start-functions.ts';
import { bindSinks } from './sources/bind-sinks.ts';
import { compressTime } from './sources/compress-time.ts';
import type { RunningSources } from './sources/running-sources.ts';
import { startPingSources, startSources } from './sources/start-sources.ts';
import { type FunctionSpec, readTopology, type Topology } from './topology.ts';

export type { LocalKnative } from './local-knative.ts';

type Options = Readonly<{
  /** Directory of the kustomization to run. */
  manifests: string;
  /** Kafka, in place of every `bootstrapServers`. */
  brokers: readonly string[];
  /** Values by key, such as DATABASE_URL, that override every Secret and ConfigMap. */
  values: Readonly<Record<string, string>>;
  /** Where the bundles are: `<bundles>/<service>/index.js`. */
  bundles: string;
  /** The only functions to run (onlyServices); by default all. */
  services?: readonly string[];
  /** How many pods functions start with, by name, instead of their `initial-scale`. */
  pods?: Readonly<Record<string, number>>;
  /** Where functions keep their logs: `<logDirectory>/<service>.log`. */
  logDirectory: string;
  /** The run directory, where a later run finds processes that a crash of this one left behind. */
  directory?: string;
  /**
   * How many times faster retries and resends are than in the manifests (compressTime); as in the
   * manifests if omitted.
   */
  timeFactor?: number;
  report?: Report;
  /**
   * Dispatcher pods; by default one. Each is a member of the group of every source with as many
   * consumers.
   */
  dispatchers?: number;
  /**
   * Stops idle functions and starts them again with the next request; by default they all stay up.
   */
  scaleToZero?: ScaleToZero;
}>;

const DRAIN_TIMEOUT_MS = 120_000;

/** What was opened, to be closed once, in the opposite order. */
const createClosers = () => {
  const closers: (() => Promise<void>)[] = [];
  return {
    add: (...added: (() => Promise<void>)[]) => closers.push(...added),
    close: async () => {
      for (let close = closers.pop(); close; close = closers.pop()) await close();
    },
  };
};

const createClients = (brokers: readonly string[]) => {
  const client: KafkaConfig = {
    clientId: 'local-knative',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 3_000,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 10 },
  };
  const kafka = new Kafka(client);
  const admin = kafka.admin();
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  return {
    client,
    admin,
    producer,
    connect: () => Promise.all([admin.connect(), producer.connect()]),
    disconnect: async () => {
      await Promise.all([admin.disconnect(), producer.disconnect()]);
    },
  };
};

const withPods = (spec: FunctionSpec, initial = spec.scale.initial): FunctionSpec => ({
  ...spec,
  scale: { ...spec.scale, initial },
});

type Pids = ReturnType<LocalKnative['pids']>;

type Parts = Readonly<{
  topology: Topology;
  functions: Functions;
  sources: RunningSources;
  ingress: string;
  stop: () => Promise<void>;
}>;

const handleOn = ({ topology, functions, sources, ingress, stop }: Parts): LocalKnative => ({
  url: (service) => functions.get(service).url,
  metrics: (service) => functions.get(service).metrics(),
  broker: (name) => {
    const broker = topology.brokers.find(({ metadata }) => metadata.name === name);
    if (!broker) throw new Error(`No Broker is named ${name}`);
    return `${ingress}/${broker.metadata.namespace}/${name}`;
  },
  pids: () => Object.assign({}, ...functions.all.map((service) => service.pids())) as Pids,
  kill: (service, signal) => functions.get(service).kill(signal),
  restart: (service) => functions.get(service).restart(),
  replace: (service) => functions.get(service).replace(),
  killDispatcher: (dispatcher = 0) => sources.replace(dispatcher, 'abandon'),
  restartDispatcher: (dispatcher = 0) => sources.replace(dispatcher, 'terminate'),
  scaleDispatchers: (count) => sources.scale(count),
  statistics: () => sources.statistics(),
  drained: ({ timeoutMs = DRAIN_TIMEOUT_MS } = {}) => sources.drained(timeoutMs),
  stop,
});

/**
 * Runs Knative on this machine from its manifests: each Service is a process, KafkaSources and
 * Triggers deliver as the Kafka data plane does, Brokers accept events over HTTP, PingSources tick.
 * Resolves once everything is ready; if something cannot start, the rest is stopped and the error
 * is thrown. Ctrl-C stops all.
 */
export const startKnative = async (options: Options): Promise<LocalKnative> => {
  const { manifests, brokers, values, report = () => undefined, dispatchers = 1 } = options;
  const directory = options.directory ?? options.logDirectory;
  const all = compressTime(readTopology(manifests, values), options.timeFactor ?? 1);
  const topology = options.services === undefined ? all : onlyServices(all, options.services);
  const closers = createClosers();
  const forget = whenEnding(closers.close);
  const stop = () => {
    forget();
    return closers.close();
  };
  try {
    const clients = createClients(brokers);
    closers.add(clients.disconnect);
    await clients.connect();
    await createTopics(clients.admin, topology);

    // Functions get the addresses of the Brokers before they start, and the Brokers are already
    // listening.
    const receivers = await startReceivers(topology, clients.producer);
    closers.add(receivers.stop);
    const ingress = receivers.origins.Broker;
    const specs = bindSinks(topology, ingress);
    const scaled = specs.map((spec) => withPods(spec, options.pods?.[spec.name]));
    const functions = await prepareFunctions(scaled, { ...options, directory, report });
    const targets = createTargets({ functions, receivers });
    closers.add(targets.close, functions.stop);
    await functions.start();

    const sources = await startSources({ plane: clients, topology, targets, dispatchers });
    closers.add(() => sources.stop());
    const stopPings = startPingSources(topology, targets);
    closers.add(() => {
      stopPings();
      return Promise.resolve();
    });
    return handleOn({ topology, functions, sources, ingress, stop });
  } catch (error) {
    await stop();
    throw error;
  }
};
