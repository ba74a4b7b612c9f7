import type { Redis } from 'ioredis';
import { limitPrefix } from './keys.ts';
import { withRedis } from './redis-error.ts';

/**
 * Takes the counters of subjects of a tenant away, so that what is loaded next counts whatever its version.
 * @throws Unavailable when Redis is not there; repeating is safe.
 */
export const dropCounters = (
  redis: Redis,
  tenantId: string,
  subjects: readonly string[],
): Promise<void> =>
  withRedis(async () => {
    if (subjects.length === 0) return;
    await redis.unlink(subjects.map((subject) => limitPrefix(tenantId) + subject));
  });
