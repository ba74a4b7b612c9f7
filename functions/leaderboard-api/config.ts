import { requestShape } from '#shared/runtime/config.ts';
import { authShape } from '#shared/runtime/http/access/auth.ts';
import { redisUrl } from '#shared/stores/redis/driver/redis-url.ts';

/** The variables of leaderboard-api. It needs no Postgres. */
export const shape = {
  REDIS_URL: redisUrl,
  ...authShape,
  ...requestShape,
};
