import { z } from 'zod';
import { authShape } from '#shared/runtime/auth.ts';
import { requestShape } from '#shared/runtime/request-time.ts';

/** The variables of leaderboard-api. It needs no Postgres. */
export const shape = {
  REDIS_URL: z.url(),
  ...authShape,
  ...requestShape,
};
