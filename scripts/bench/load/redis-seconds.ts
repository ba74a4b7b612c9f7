import type { RedisConnection } from '#shared/stores/redis/driver/connect.ts';

/** The processor time that Redis spends on some work, in seconds. */
export const redisSeconds = async (
  redis: RedisConnection,
  work: () => Promise<unknown>,
): Promise<number> => {
  const used = async () => {
    const info = await redis.info('cpu');
    return ['used_cpu_sys_main_thread', 'used_cpu_user_main_thread']
      .map((name) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1]))
      .reduce((sum, seconds) => sum + seconds, 0);
  };
  const before = await used();
  await work();
  return (await used()) - before;
};
