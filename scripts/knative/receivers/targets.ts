import { Pool } from 'undici';
import type { Destination } from '#scripts/manifests/kinds.ts';
import { httpTarget } from '../delivery/http-target.ts';
import type { Target } from '../delivery/target.ts';
import type { Functions } from '../serving/start-functions.ts';
import { destinationAddress } from './cluster-address.ts';
import type { Receivers } from './receivers.ts';

/** Everything that events can be sent to. */
export type Targets = Readonly<{
  resolve: (destination: Destination, namespace: string) => Target;
  /** The topic of each Broker, by its path `/<namespace>/<name>`: where replies go. */
  brokers: ReadonlyMap<string, Target>;
  close: () => Promise<void>;
}>;

type Parts = Readonly<{ functions: Functions; receivers: Receivers }>;

/** One pool per external origin. */
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

/** Addresses of what the manifests declare, by which `ref` and `uri` are resolved. */
export const createTargets = ({ functions, receivers }: Parts): Targets => {
  const { brokers, sinks, origins } = receivers;
  const pools = createPools();

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

  /** The topic of a Broker or KafkaSink, through its receiver. */
  const received = (kind: 'Broker' | 'KafkaSink', path: string, namespace: string) => {
    const topic = (kind === 'Broker' ? brokers : sinks).get(path);
    const origin = pools.of(origins[kind]);
    return topic && httpTarget({ url: topic.url, origin, path, namespace });
  };

  const referenced = (destination: Destination, ownNamespace: string): Target | undefined => {
    const url = destinationAddress(destination, ownNamespace);
    if (!destination.ref) return external(url, ownNamespace);
    const { kind, name, namespace = ownNamespace } = destination.ref;
    if (kind === 'Service') return service(name, url, namespace);
    const isReceived = kind === 'Broker' || kind === 'KafkaSink';
    return isReceived ? received(kind, `/${namespace}/${name}`, ownNamespace) : undefined;
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
