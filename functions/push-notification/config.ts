import { z } from 'zod';
import { avroShape } from '#shared/eventing/avro/avro-decoder.ts';
import { count, requestShape } from '#shared/runtime/config.ts';
import { redisUrl } from '#shared/stores/redis/driver/redis-url.ts';

/** The variables of push-notification. */
export const shape = {
  DATABASE_URL: z.url(),
  /** Connections per pod: with batches, two do the work of many. */
  DATABASE_POOL_MAX: count.default(2),
  /** Streams and channels of inboxes. */
  REDIS_URL: redisUrl,
  /** Incentives joined into one commit at most; 1 switches micro-batching off. */
  BATCH_ITEMS_MAX: count.default(100),
  /**
   * The JSON key of a service account for Firebase Cloud Messaging; empty: no Android phone is
   * notified.
   */
  FCM_SERVICE_ACCOUNT: z.string().default(''),
  /**
   * The key of a team for APNs with its id, the id of the team, and the bundle id of the app;
   * empty: no iPhone is notified.
   */
  APNS_KEY: z.string().default(''),
  APNS_KEY_ID: z.string().default(''),
  APNS_TEAM_ID: z.string().default(''),
  APNS_TOPIC: z.string().default(''),
  /** Writes to the log what a platform without credentials would show: for local use. */
  LOG_NOTIFICATIONS: z.stringbool().default(false),
  ...avroShape,
  ...requestShape,
};
