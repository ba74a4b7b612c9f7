import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import { avroShape } from '#shared/eventing/avro/avro-decoder.ts';
import { count, requestShape } from '#shared/runtime/config.ts';
import { redisUrl } from '#shared/stores/redis/driver/redis-url.ts';

/** A private key that signs; its text is never part of an error. */
const signingKey = (type: 'rsa' | 'ec') =>
  z.string().refine((pem) => {
    try {
      return createPrivateKey(pem).asymmetricKeyType === type && pem.includes('BEGIN PRIVATE KEY');
    } catch {
      return false;
    }
  }, `must be a private ${type.toUpperCase()} key, in PEM as PKCS #8`);

/** The part of a service account's JSON key that is needed. */
const fcmAccount = z.object({
  project_id: z.string().min(1),
  client_email: z.string().min(1),
  private_key: signingKey('rsa'),
  token_uri: z.url().default('https://oauth2.googleapis.com/token'),
});

/** A service account, as its JSON key has it. */
export type FcmAccount = z.output<typeof fcmAccount>;

const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'must be JSON' });
    return z.NEVER;
  }
});

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
  FCM_SERVICE_ACCOUNT: json.pipe(fcmAccount).optional(),
  /**
   * The key of a team for APNs with its id, the id of the team, and the bundle id of the app: all
   * of them, or no iPhone is notified.
   */
  APNS_KEY: signingKey('ec').optional(),
  APNS_KEY_ID: z.string().optional(),
  APNS_TEAM_ID: z.string().optional(),
  APNS_TOPIC: z.string().optional(),
  /** Writes to the log what a platform without credentials would show: for local use. */
  LOG_NOTIFICATIONS: z.stringbool().default(false),
  ...avroShape,
  ...requestShape,
};
