import { Redis } from 'ioredis';

/**
 * Opens a connection; it connects on first use and comes back by itself. While Redis is away a command fails within
 * seconds instead of waiting, so that the event it belongs to is retried by its sender.
 */
export const connectRedis = (url: string): Redis => {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 2_000,
    commandTimeout: 5_000,
    // A command that times out leaves its connection as it is; one that is silent is destroyed and opened anew.
    socketTimeout: 5_000,
    keepAlive: 10_000,
    maxRetriesPerRequest: 1,
    retryStrategy: (attempt) => Math.min(100 * attempt, 1_000) * (0.5 + Math.random() / 2),
  });
  // Each command that suffers says so itself; without a listener ioredis would write to the console.
  redis.on('error', () => undefined);
  return redis;
};
