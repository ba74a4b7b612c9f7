import type { InboxUser } from '#shared/domain/inbox/inbox-message.ts';
import type { RedisConnection } from './driver/connect.ts';
import { inboxKey } from './driver/keys.ts';
import { withRedis } from './driver/redis-availability.ts';

/** Removes a person's data from Redis. @throws Unavailable when Redis is unavailable */
export type ForgetPerson = (user: InboxUser) => Promise<void>;

/**
 * Removes the messages of a user. Progress in quests expires in 10 minutes by itself; everything
 * else in Redis is points and counters under the id of the user.
 */
export const forgetPerson =
  (redis: RedisConnection): ForgetPerson =>
  (user) =>
    withRedis(async () => {
      await redis.unlink(inboxKey(user));
    });
