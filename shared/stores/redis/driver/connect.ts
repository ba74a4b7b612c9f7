import { Redis, type RedisOptions } from 'ioredis';
import { BoundedCluster } from './bounded-cluster.ts';
import { parseRedisAddress, type RedisAddress } from './redis-address.ts';

/** A connection to Redis: to one server, to the master that sentinels name, or to a cluster. */
export type RedisConnection = Redis | BoundedCluster;

type SentinelAddress = Extract<RedisAddress, { kind: 'sentinel' }>;

/** Up to a second with jitter, so that pods do not all reconnect at once. */
const backoffMs = (attempt: number): number =>
  Math.min(100 * attempt, 1_000) * (0.5 + Math.random() / 2);

const common = {
  lazyConnect: true,
  connectTimeout: 2_000,
  commandTimeout: 5_000,
  // A command that times out does not affect its connection; an unresponsive connection is
  // destroyed and opened again. Well before its commands time out: the driver (6.0.0) sends them
  // again on the next connection, also those whose callers have given up, and a lease that is taken
  // for a caller that gave up blocks everyone until it expires.
  socketTimeout: 2_500,
  keepAlive: 10_000,
  maxRetriesPerRequest: 1,
  retryStrategy: backoffMs,
  // After a failover this connection may lead to a server that is now a replica: reconnect, and
  // send the command again.
  reconnectOnError: (error: Error) => (error.message.startsWith('READONLY') ? 2 : false),
} satisfies RedisOptions;

/**
 * Opens a connection; it connects on first use and comes back by itself. While Redis is unavailable
 * a command fails within seconds instead of waiting, so that the event it belongs to is retried by
 * its sender.
 * @throws TypeError when the URL is no address: {@link parseRedisAddress}.
 */
export const connectRedis = (url: string): RedisConnection => {
  const redis = open(parseRedisAddress(url));
  // Each failed command reports the error itself; without a listener ioredis would write to the
  // console.
  redis.on('error', () => undefined);
  return redis;
};

const open = (address: RedisAddress): RedisConnection => {
  if (address.kind === 'server') return new Redis(address.url, common);
  const options = { ...common, ...loginOf(address), ...(address.isTls && { tls: {} }) };
  return address.kind === 'cluster'
    ? new BoundedCluster(address.nodes, options, {
        lazyConnect: true,
        clusterRetryStrategy: backoffMs,
        // Certificates are for the names that nodes announce, not for what these resolve to.
        ...(address.isTls && { dnsLookup: (host, found) => found(null, host) }),
      })
    : new Redis({ ...options, ...sentinelOptions(address) });
};

const loginOf = ({ username, password }: RedisAddress) => ({
  ...(username !== undefined && { username }),
  ...(password !== undefined && { password }),
});

const sentinelOptions = ({ nodes, master, database, isTls, ...login }: SentinelAddress) => ({
  sentinels: [...nodes],
  name: master,
  db: database,
  sentinelRetryStrategy: backoffMs,
  sentinelCommandTimeout: 2_000,
  // Without failoverDetector: striking while a connection is being opened, it makes the driver
  // (6.0.0) give up that connection permanently. Sentinel makes a demoted master close its
  // connections anyway.
  ...(login.sentinelUsername !== undefined && { sentinelUsername: login.sentinelUsername }),
  ...(login.sentinelPassword !== undefined && { sentinelPassword: login.sentinelPassword }),
  ...(isTls && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
});

/**
 * A connection of its own to subscribe with. On a cluster it connects to one of its nodes, since
 * each forwards messages published at any node; a different one each time it reconnects. The
 * driver's own subscriber does not report interruptions, and does not detect a network that drops
 * packets silently.
 */
export const subscriberOf = (redis: RedisConnection): Redis => {
  if (redis instanceof Redis) return redis.duplicate();
  const subscriber = new Redis({
    ...redis.anyNode(),
    retryStrategy: (attempt) => {
      const { host, port } = redis.anyNode();
      Object.assign(subscriber.options, { host, port });
      return backoffMs(attempt);
    },
  });
  return subscriber;
};

/**
 * A connection of its own to subscribe with to sharded channels of one node of a cluster, or of the
 * server where there is no cluster. After an interruption it subscribes to nothing by itself.
 */
export const shardSubscriber = (redis: RedisConnection, node: string): Redis =>
  redis instanceof Redis
    ? redis.duplicate({ autoResubscribe: false })
    : new Redis({ ...redis.nodeNamed(node), lazyConnect: true, autoResubscribe: false });
