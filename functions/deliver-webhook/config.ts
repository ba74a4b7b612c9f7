import { z } from 'zod';
import { avroShape } from '#shared/eventing/avro/avro-decoder.ts';
import { brokerList, count, requestShape } from '#shared/runtime/config.ts';
import { outboundShape } from '#shared/runtime/outbound/outbound-url.ts';
import { secretKeys } from '#shared/runtime/secret-box.ts';
import { redisUrl } from '#shared/stores/redis/driver/redis-url.ts';

/** The variables of deliver-webhook. */
export const shape = {
  DATABASE_URL: z.url(),
  /** Connections per pod; none is held while an endpoint is called. */
  DATABASE_POOL_MAX: count.default(8),
  REDIS_URL: redisUrl,
  KAFKA_BROKERS: brokerList,
  /** Events joined into one statement at most; 1 switches micro-batching off. */
  BATCH_ITEMS_MAX: count.default(100),
  /** Keys that decrypt the secrets of endpoints, `id:base64,…`: those of cms-api. */
  WEBHOOK_SECRET_KEYS: secretKeys,
  ...outboundShape,
  /** The origin in requests for permission, WebHook-Request-Origin: a DNS name. */
  WEBHOOK_ORIGIN: z.string().regex(/^[\w.-]{1,253}$/, 'must be a DNS name'),
  /** How long an endpoint may take for one attempt. */
  WEBHOOK_TIMEOUT_SECONDS: count.max(20).default(5),
  /**
   * How long deliveries stay in the log: longer than topics keep events, which could be
   * redelivered.
   */
  WEBHOOK_LOG_DAYS: count.min(8).default(30),
  ...avroShape,
  ...requestShape,
};
