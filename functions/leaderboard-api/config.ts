import { z } from 'zod';
import { authShape } from '#shared/runtime/auth.ts';

/** The variables of leaderboard-api. It needs no Postgres. */
export const shape = {
  REDIS_URL: z.url(),
  ...authShape,
};
