import { z } from 'zod';
import { brokerList, count } from '#shared/runtime/config.ts';
import { requestShape } from '#shared/runtime/http/request-time.ts';

/** The variables of recompute-cohort. */
export const shape = {
  DATABASE_URL: z.url(),
  /** One connection holds the lock of the run, the other works. */
  DATABASE_POOL_MAX: count.min(2).default(2),
  KAFKA_BROKERS: brokerList,
  ...requestShape,
};
