import { z } from 'zod';
import { brokerList, count, requestShape } from '#shared/runtime/config.ts';
import { redisUrl } from '#shared/stores/redis/driver/redis-url.ts';

/** The variables of award-points. */
export const shape = {
  DATABASE_URL: z.url(),
  /** Connections per pod: with batches, a few do the work of many. */
  DATABASE_POOL_MAX: count.default(4),
  REDIS_URL: redisUrl,
  KAFKA_BROKERS: brokerList,
  /** Orders joined into one commit at most; 1 switches micro-batching off. */
  BATCH_ITEMS_MAX: count.default(100),
  ...requestShape,
};
