import { z } from 'zod';
import { incentiveAvroShape } from '#shared/eventing/avro/incentive-encoder.ts';
import { brokerList, count, requestShape } from '#shared/runtime/config.ts';
import { redisUrl } from '#shared/stores/redis/driver/redis-url.ts';

/** The variables of check-limit. */
export const shape = {
  DATABASE_URL: z.url(),
  /** Connections per pod: with batches, a few do the work of many. */
  DATABASE_POOL_MAX: count.default(4),
  REDIS_URL: redisUrl,
  KAFKA_BROKERS: brokerList,
  /** Qualifications joined into one commit at most; 1 switches micro-batching off. */
  BATCH_ITEMS_MAX: count.default(100),
  ...incentiveAvroShape,
  ...requestShape,
};
