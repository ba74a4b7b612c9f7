import { z } from 'zod';
import { brokerList, count } from '#shared/runtime/config.ts';
import { requestShape } from '#shared/runtime/http/request-time.ts';
import { redisUrl } from '#shared/stores/redis/redis-url.ts';

/** The variables of recompute-cohort. */
export const shape = {
  DATABASE_URL: z.url(),
  /** Changes and bitmaps each have one for their lock and one to work. */
  DATABASE_POOL_MAX: count.min(4).default(4),
  REDIS_URL: redisUrl,
  KAFKA_BROKERS: brokerList,
  ...requestShape,
};
