import { z } from 'zod';
import { authShape } from '#shared/runtime/auth.ts';
import { brokerList, count } from '#shared/runtime/config.ts';
import { requestShape } from '#shared/runtime/request-time.ts';

/** The variables of wallet-api. */
export const shape = {
  DATABASE_URL: z.url(),
  /** Connections per pod: a change holds one for a few round trips. */
  DATABASE_POOL_MAX: count.default(4),
  REDIS_URL: z.url(),
  KAFKA_BROKERS: brokerList,
  ...authShape,
  ...requestShape,
};
