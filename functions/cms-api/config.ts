import { z } from 'zod';
import { count, requestShape } from '#shared/runtime/config.ts';
import { sinkShape } from '#shared/runtime/events/sink-shape.ts';
import { authShape } from '#shared/runtime/http/access/auth.ts';
import { outboundShape } from '#shared/runtime/outbound/outbound-url.ts';
import { secretKeys } from '#shared/runtime/secret-box.ts';
import { redisUrl } from '#shared/stores/redis/driver/redis-url.ts';

/**
 * What computing a cohort may cost, in units of Postgres' planner: 5 million users with a few
 * conditions each.
 */
export const cohortCostMaxDefault = 2_000_000_000;

/** The variables of cms-api. */
export const shape = {
  DATABASE_URL: z.url(),
  /** Connections per pod: people save now and then, a handful at the same moment. */
  DATABASE_POOL_MAX: count.default(2),
  REDIS_URL: redisUrl,
  /** Keys that encrypt the secrets of webhooks, `id:base64,…`; the first one encrypts. */
  WEBHOOK_SECRET_KEYS: secretKeys,
  /** A dynamic cohort that Postgres expects to cost more is refused. */
  COHORT_COST_MAX: count.default(cohortCostMaxDefault),
  ...outboundShape,
  ...sinkShape,
  ...authShape,
  ...requestShape,
};
