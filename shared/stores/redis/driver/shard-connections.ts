import type { Redis } from 'ioredis';
import { BoundedCluster } from './bounded-cluster.ts';
import { type RedisConnection, shardSubscriber } from './connect.ts';
import { hashSlot } from './hash-slot.ts';

/** What happens on connections to shards. */
type Events = Readonly<{
  /** A connection is open and subscribes to nothing. */
  opened: (connection: Redis) => void;
  /** What a connection had subscribed to may have ended. */
  lost: (connection: Redis) => void;
  received: (channel: string, message: string) => void;
}>;

export type ShardConnections = Readonly<{
  /**
   * The connection to the node that has the slot of a channel, which may not be open yet; undefined
   * while no such node is known.
   */
  of: (channel: string) => Redis | undefined;
  /** Resolves once the slots of a cluster are known, or could not be loaded. */
  slotsKnown: () => Promise<void>;
  /** Checks connections, and closes those that are not among the used ones. */
  check: (used: ReadonlySet<Redis | undefined>) => void;
  close: () => void;
}>;

/**
 * Connections for sharded channels: one to each node of a cluster that is needed, or one to the
 * only server.
 */
export const shardConnections = (redis: RedisConnection, events: Events): ShardConnections => {
  const connections = new Map<string, Redis>();

  const connect = (node: string): Redis => {
    const connection = shardSubscriber(redis, node);
    // The slots of the node may be at another one by now, which the driver would learn from its
    // next command only.
    const lost = () => {
      events.lost(connection);
      if (redis instanceof BoundedCluster) redis.refreshSlotsCache();
    };
    connection
      .on('error', () => undefined)
      .on('close', lost)
      .on('ready', () => events.opened(connection))
      .on('smessage', events.received)
      // The server ends subscriptions when their slot moves to another node, and the driver does
      // not report which.
      .on('moved', lost);
    connection.connect().catch(() => undefined);
    connections.set(node, connection);
    return connection;
  };

  return {
    of: (channel) => {
      const node = nodeOf(redis, channel);
      return node === undefined ? undefined : (connections.get(node) ?? connect(node));
    },
    // A cluster that was not used yet knows them after its first command.
    slotsKnown: async () => {
      if (redis instanceof BoundedCluster && redis.slots.length === 0)
        await redis.ping().catch(() => undefined);
    },
    check: (used) => {
      for (const [node, connection] of connections) {
        if (used.has(connection)) ask(connection);
        else {
          connections.delete(node);
          connection.disconnect();
        }
      }
    },
    close: () => {
      for (const connection of connections.values()) connection.disconnect();
    },
  };
};

/** Without an answer connectRedis destroys the connection; 'close' and 'ready' do the rest. */
const ask = (connection: Redis): void => {
  if (connection.status === 'ready') connection.ping().catch(() => undefined);
};

/** Of a cluster, by the name in its table of slots; of a single server any name does. */
const nodeOf = (redis: RedisConnection, channel: string): string | undefined =>
  redis instanceof BoundedCluster ? redis.slots[hashSlot(channel)]?.[0] : 'server';
