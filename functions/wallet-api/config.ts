import { z } from 'zod';
import { brokerList, count, requestShape } from '#shared/runtime/config.ts';
import { authShape } from '#shared/runtime/http/access/auth.ts';
import { redisUrl } from '#shared/stores/redis/driver/redis-url.ts';

/** The variables of wallet-api. */
export const shape = {
  DATABASE_URL: z.url(),
  /** Connections per pod: a change holds one for a few round trips. */
  DATABASE_POOL_MAX: count.default(4),
  REDIS_URL: redisUrl,
  KAFKA_BROKERS: brokerList,
  ...authShape,
  ...requestShape,
};
