import type { Producer } from 'kafkajs';
import { Pool } from 'undici';
import type { Destination } from '#scripts/manifests/kinds.ts';
import { brokerTopic } from './broker/broker-topic.ts';
import { httpTarget } from './delivery/http-target.ts';
import type { Target } from './delivery/target.ts';
import { topicTarget } from './kafka/topic-target.ts';
import type { Functions } from './start-functions.ts';
import type { Topology } from './topology.ts';

/** Everything that events can be sent to. */
export type Targets = Readonly<{
  resolve: (destination: Destination, namespace: string) => Target;
  /** The way into each Broker, by its path `/<namespace>/<name>`. */
  brokers: ReadonlyMap<string, Target>;
  close: () => Promise<void>;
}>;

type Parts = Readonly<{
  topology: Topology;
  functions: Functions;
  producer: Producer;
}>;

const clusterUrl = (name: string, namespace: string): string =>
  `http://${name}.${namespace}.svc.cluster.local`;

const brokerIngress = clusterUrl('kafka-broker-ingress', 'knative-eventing');
const sinkIngress = clusterUrl('kafka-sink-ingress', 'knative-eventing');

type Named = Readonly<{ metadata: Readonly<{ name: string; namespace: string }> }>;

const pathOf = ({ metadata }: Named): string => `/${metadata.namespace}/${metadata.name}`;

/** One pool an origin, so that all who call a function share its limit. */
const createPools = () => {
  const pools = new Map<string, Pool>();
  return {
    of: (origin: string, concurrency: number): Pool => {
      const connections = concurrency || null;
      const pool =
        pools.get(origin) ?? new Pool(origin, { connections, keepAliveTimeout: 600_000 });
      pools.set(origin, pool);
      return pool;
    },
    close: async () => {
      await Promise.all(Array.from(pools.values(), (pool) => pool.destroy()));
    },
  };
};

/** Addresses of what the manifests declare, so that `ref` and `uri` lead to it. */
export const createTargets = ({ topology, functions, producer }: Parts): Targets => {
  const pools = createPools();
  const brokers = new Map(
    topology.brokers.map((broker) => {
      const path = pathOf(broker);
      const topic = brokerTopic(broker);
      return [path, topicTarget({ url: `${brokerIngress}${path}`, topic, producer })];
    }),
  );
  const sinks = new Map(
    topology.kafkaSinks.map((sink) => {
      const path = pathOf(sink);
      const { topic } = sink.spec;
      return [path, topicTarget({ url: `${sinkIngress}${path}`, topic, producer })];
    }),
  );

  const service = (name: string, namespace: string, path: string): Target | undefined => {
    const spec = topology.functions.find((entry) => entry.name === name);
    if (!spec) return undefined;
    const { origin } = functions.get(name);
    const url = `${clusterUrl(name, namespace)}${path}`;
    return httpTarget({ url, pool: pools.of(origin, spec.concurrency), path, namespace });
  };

  const external = (uri: string, namespace: string): Target => {
    const { origin, pathname, search } = new URL(uri);
    return httpTarget({ url: uri, pool: pools.of(origin, 0), path: pathname + search, namespace });
  };

  const referenced = ({ ref, uri }: Destination, ownNamespace: string): Target | undefined => {
    if (!ref) return external(uri ?? '', ownNamespace);
    const { kind, name, namespace = ownNamespace } = ref;
    if (kind === 'Service') return service(name, namespace, uri ?? '/');
    if (kind === 'Broker') return brokers.get(`/${namespace}/${name}`);
    return kind === 'KafkaSink' ? sinks.get(`/${namespace}/${name}`) : undefined;
  };

  return {
    brokers,
    resolve: (destination, namespace) => {
      const target = referenced(destination, namespace);
      if (target) return target;
      throw new Error(`No manifest declares ${JSON.stringify(destination)}`);
    },
    close: pools.close,
  };
};
