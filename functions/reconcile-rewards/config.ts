import { z } from 'zod';
import { brokerList, count } from '#shared/runtime/config.ts';
import { requestShape } from '#shared/runtime/request-time.ts';

/** The variables of reconcile-rewards. */
export const shape = {
  DATABASE_URL: z.url(),
  /** One connection holds the lock of the run, the others work: with a single one a run would wait for itself. */
  DATABASE_POOL_MAX: count.min(2).default(2),
  REDIS_URL: z.url(),
  KAFKA_BROKERS: brokerList,
  ...requestShape,
};
