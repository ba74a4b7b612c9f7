import { z } from 'zod';
import { avroShape } from '#shared/eventing/avro/avro-decoder.ts';
import { brokerList, count, requestShape } from '#shared/runtime/config.ts';
import { redisUrl } from '#shared/stores/redis/driver/redis-url.ts';

/** The variables of evaluate-campaign. */
export const shape = {
  DATABASE_URL: z.url(),
  /** Connections per pod: with batches, a few do the work of many. */
  DATABASE_POOL_MAX: count.default(4),
  /** Notices of changed campaigns, and cached progress of quests. */
  REDIS_URL: redisUrl,
  KAFKA_BROKERS: brokerList,
  /** Actions joined into one commit at most; 1 switches micro-batching off. */
  BATCH_ITEMS_MAX: count.default(100),
  ...avroShape,
  ...requestShape,
};
