import { type RedisConnection, subscriberOf } from './driver/connect.ts';
import { withRedis } from './driver/redis-availability.ts';

/** Reports when cached data may be outdated. */
export type ChangeNotices = Readonly<{
  /**
   * Increments after each announced change of the key, and for every key whenever notices may have
   * been missed.
   */
  generation: (key: string) => string;
  /** Whether notices arrive; while they do not, the generation may be outdated. */
  isListening: () => boolean;
  close: () => Promise<void>;
}>;

/**
 * How often the connection is checked. A subscriber sends nothing by itself, so it would never
 * detect a network that was cut silently.
 */
const heartbeatMs = 5_000;

/** Listens to the notices of a channel on a connection of its own, which reconnects by itself. */
export const changeNotices = (redis: RedisConnection, channel: string): ChangeNotices => {
  const subscriber = subscriberOf(redis);
  const seen = new Map<string, number>();
  let listening = false;
  let interruptions = 0;

  const interrupt = (isUp: boolean): void => {
    listening = isUp;
    interruptions += 1;
    seen.clear();
  };
  const noticed = (key: string) => seen.set(key, (seen.get(key) ?? 0) + 1);

  subscriber
    .on('error', () => undefined)
    .on('close', () => interrupt(false))
    .on('message', (_channel, key) => noticed(key))
    .on('ready', () => {
      subscriber.subscribe(channel).then(
        () => interrupt(true),
        // The connection broke again; the next 'ready' tries again.
        () => undefined,
      );
    });
  subscriber.connect().catch(() => undefined);
  // Without an answer connectRedis destroys the connection; 'close' and 'ready' do the rest.
  const heartbeat = setInterval(() => {
    if (listening) subscriber.ping().catch(() => undefined);
  }, heartbeatMs);
  heartbeat.unref();

  return {
    generation: (key) => `${interruptions}.${seen.get(key) ?? 0}`,
    isListening: () => listening,
    close: () => {
      clearInterval(heartbeat);
      subscriber.disconnect();
      return Promise.resolve();
    },
  };
};

/**
 * Publishes on a channel that the data of a key was changed, to current subscribers. To be called
 * after the change is committed.
 * @throws Unavailable when Redis is unavailable; listeners' caches then expire by age.
 */
export const announceChange = async (
  redis: RedisConnection,
  channel: string,
  key: string,
): Promise<void> => {
  await withRedis(() => redis.publish(channel, key));
};
