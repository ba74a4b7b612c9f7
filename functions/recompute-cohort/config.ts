import { z } from 'zod';
import { brokerList, count, requestShape } from '#shared/runtime/config.ts';
import { redisUrl } from '#shared/stores/redis/driver/redis-url.ts';

/** The variables of recompute-cohort. */
export const shape = {
  DATABASE_URL: z.url(),
  /** Changes and bitmaps each have one for their lock and one to work. */
  DATABASE_POOL_MAX: count.min(4).default(4),
  REDIS_URL: redisUrl,
  KAFKA_BROKERS: brokerList,
  ...requestShape,
};
