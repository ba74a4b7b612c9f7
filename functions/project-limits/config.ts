import { z } from 'zod';
import { count, requestShape } from '#shared/runtime/config.ts';
import { redisUrl } from '#shared/stores/redis/driver/redis-url.ts';

/** The variables of project-limits. */
export const shape = {
  DATABASE_URL: z.url(),
  /** Connections per pod: with batches, two do the work of many. */
  DATABASE_POOL_MAX: count.default(2),
  /** Counters of limits. */
  REDIS_URL: redisUrl,
  /** Changes for which Postgres is queried together, at most; 1 switches micro-batching off. */
  BATCH_ITEMS_MAX: count.default(100),
  ...requestShape,
};
