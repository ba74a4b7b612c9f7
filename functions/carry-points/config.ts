import { z } from 'zod';
import { brokerList, count, requestShape } from '#shared/runtime/config.ts';
import { redisUrl } from '#shared/stores/redis/driver/redis-url.ts';

/** The variables of carry-points. */
export const shape = {
  DATABASE_URL: z.url(),
  /** Connections per pod: most events need one lookup by key. */
  DATABASE_POOL_MAX: count.default(2),
  REDIS_URL: redisUrl,
  KAFKA_BROKERS: brokerList,
  /** Events whose accounts are looked up together at most; 1 switches micro-batching off. */
  BATCH_ITEMS_MAX: count.default(100),
  ...requestShape,
};
