import { z } from 'zod';
import { incentiveAvroShape } from '#shared/eventing/avro/incentive-encoder.ts';
import { brokerList, count, requestShape } from '#shared/runtime/config.ts';
import { entriesPerSealMax } from '#shared/stores/postgres/ledger/chain/seal.ts';
import { redisUrl } from '#shared/stores/redis/driver/redis-url.ts';

/** The variables of reconcile-rewards. */
export const shape = {
  DATABASE_URL: z.url(),
  /**
   * One connection holds the lock of the run, one that of a comparison of topics and one that of an
   * audit, the others work: with fewer they would wait for themselves.
   */
  DATABASE_POOL_MAX: count.min(4).default(5),
  REDIS_URL: redisUrl,
  KAFKA_BROKERS: brokerList,
  /** Ledger entries of a tenant that are sealed together at most. */
  SEAL_ENTRIES_MAX: count.max(entriesPerSealMax).default(entriesPerSealMax),
  /**
   * How old the first entry of a tenant may become before its entries are sealed, however few they
   * are.
   */
  SEAL_AGE_MINUTES_MAX: count.default(60),
  ...incentiveAvroShape,
  ...requestShape,
};
