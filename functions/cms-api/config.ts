import { z } from 'zod';
import { authShape } from '#shared/runtime/auth.ts';
import { count } from '#shared/runtime/config.ts';
import { requestShape } from '#shared/runtime/request-time.ts';
import { sinkShape } from '#shared/runtime/sink-shape.ts';
import { redisUrl } from '#shared/stores/redis/redis-url.ts';

/** The variables of cms-api. */
export const shape = {
  DATABASE_URL: z.url(),
  /** Connections per pod: people save now and then, a handful at the same moment. */
  DATABASE_POOL_MAX: count.default(2),
  REDIS_URL: redisUrl,
  ...sinkShape,
  ...authShape,
  ...requestShape,
};
