import type { Producer } from 'kafkajs';
import { Pool } from 'undici';
import type { Destination, Resource } from '#scripts/manifests/kinds.ts';
import { brokerTopic } from './broker/broker-topic.ts';
import { clusterAddress, destinationAddress } from './cluster-address.ts';
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

type Named = Readonly<{ metadata: Readonly<{ name: string; namespace: string }> }>;

const pathOf = ({ metadata }: Named): string => `/${metadata.namespace}/${metadata.name}`;

/** One pool an origin outside. */
const createPools = () => {
  const pools = new Map<string, Pool>();
  return {
    of: (origin: string): Pool => {
      const pool = pools.get(origin) ?? new Pool(origin, { keepAliveTimeout: 600_000 });
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
  const topic = (resource: Resource<'Broker' | 'KafkaSink'>, name: string) =>
    [
      pathOf(resource),
      topicTarget({ url: clusterAddress(resource), topic: name, producer }),
    ] as const;
  const brokers = new Map(topology.brokers.map((broker) => topic(broker, brokerTopic(broker))));
  const sinks = new Map(topology.kafkaSinks.map((sink) => topic(sink, sink.spec.topic)));

  const service = (name: string, url: string, namespace: string): Target | undefined => {
    const inside = functions.all.find((entry) => entry.name === name);
    if (!inside) return undefined;
    const { pathname, search } = new URL(url);
    return httpTarget({ url, origin: inside, path: pathname + search, namespace });
  };

  const external = (uri: string, namespace: string): Target => {
    const { origin, pathname, search } = new URL(uri);
    return httpTarget({ url: uri, origin: pools.of(origin), path: pathname + search, namespace });
  };

  const referenced = (destination: Destination, ownNamespace: string): Target | undefined => {
    const url = destinationAddress(destination, ownNamespace);
    if (!destination.ref) return external(url, ownNamespace);
    const { kind, name, namespace = ownNamespace } = destination.ref;
    if (kind === 'Service') return service(name, url, namespace);
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
