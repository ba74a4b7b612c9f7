import { Cluster, type ClusterOptions, type RedisOptions } from 'ioredis';
import type { RedisNode } from './redis-address.ts';

/** Long enough to find a slot that moves or fails over meanwhile. */
const commandMs = 5_000;

/** Options of a connection to one node. */
type NodeOptions = Omit<RedisOptions, 'replyMapping'>;

type Sent = Parameters<Cluster['sendCommand']>;

/**
 * A cluster whose commands fail within seconds also while no node can be reached. The driver's own
 * limit starts when a command is sent to a node; until then a command would wait forever.
 */
export class BoundedCluster extends Cluster {
  readonly #addresses: readonly RedisNode[];
  readonly #nodeOptions: NodeOptions;

  constructor(addresses: readonly RedisNode[], nodeOptions: NodeOptions, options: ClusterOptions) {
    super([...addresses], { ...options, redisOptions: nodeOptions });
    this.#addresses = addresses;
    this.#nodeOptions = nodeOptions;
  }

  /**
   * The options of a connection to one of its nodes: of those that were found, or that the address
   * names.
   */
  anyNode(): NodeOptions {
    const found = this.nodes().map(({ options: { host, port } }) => ({ host, port }));
    const nodes = [...found, ...this.#addresses];
    const { host = '', port = 0 } = nodes[Math.floor(Math.random() * nodes.length)] ?? {};
    return { ...this.#nodeOptions, host, port };
  }

  /**
   * The options of a connection to a node by its name in the table of slots, such as
   * `10.0.0.1:6379`.
   */
  nodeNamed(name: string): NodeOptions {
    const colon = name.lastIndexOf(':');
    return {
      ...this.#nodeOptions,
      host: name.slice(0, colon),
      port: Number(name.slice(colon + 1)),
    };
  }

  override sendCommand(...sent: Sent): unknown {
    sent[0].setTimeout(commandMs);
    return super.sendCommand(...sent);
  }
}
