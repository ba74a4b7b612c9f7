import { z } from 'zod';
import { incentiveAvroShape } from '#shared/eventing/avro/incentive-encoder.ts';
import { brokerList, count, requestShape } from '#shared/runtime/config.ts';
import { redisUrl } from '#shared/stores/redis/driver/redis-url.ts';

/** The variables of expire-rewards. */
export const shape = {
  DATABASE_URL: z.url(),
  /**
   * A tick works in one transaction at a time; a second one so that a request need not wait for it.
   */
  DATABASE_POOL_MAX: count.default(2),
  REDIS_URL: redisUrl,
  KAFKA_BROKERS: brokerList,
  ...incentiveAvroShape,
  ...requestShape,
};
