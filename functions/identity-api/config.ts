import { z } from 'zod';
import { phoneRegions } from '#shared/matching/phone-regions.ts';
import { brokerList, count, requestShape } from '#shared/runtime/config.ts';
import { authShape } from '#shared/runtime/http/access/auth.ts';
import { secretKeys } from '#shared/runtime/secret-box.ts';
import { redisUrl } from '#shared/stores/redis/driver/redis-url.ts';

/** The variables of identity-api. */
export const shape = {
  DATABASE_URL: z.url(),
  /** Connections per pod: people look customers up, and decide now and then. */
  DATABASE_POOL_MAX: count.default(4),
  REDIS_URL: redisUrl,
  KAFKA_BROKERS: brokerList,
  /** The region of phones without a country code, as match-customer has it. */
  PHONE_REGION: z.enum(phoneRegions).default('IN'),
  /** Unwrap the data keys of persons: `id:base64,…`. */
  PERSON_MASTER_KEYS: secretKeys,
  /** Hash what records are found by: `id:base64,…`. */
  BLIND_INDEX_KEYS: secretKeys,
  ...authShape,
  ...requestShape,
};
