import { z } from 'zod';
import { brokerList, count, requestShape } from '#shared/runtime/config.ts';
import { redisUrl } from '#shared/stores/redis/driver/redis-url.ts';

/** The variables of rebuild-rank-snapshot. */
export const shape = {
  DATABASE_URL: z.url(),
  /** One connection streams balances, one reads tenants and boards meanwhile. */
  DATABASE_POOL_MAX: count.default(2),
  REDIS_URL: redisUrl,
  KAFKA_BROKERS: brokerList,
  ...requestShape,
};
