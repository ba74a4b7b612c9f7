import { z } from 'zod';
import { parseRedisAddress } from './redis-address.ts';

/** The variable REDIS_URL, as {@link parseRedisAddress} reads it. */
export const redisUrl = z.string().superRefine((url, context) => {
  try {
    parseRedisAddress(url);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
  }
});
