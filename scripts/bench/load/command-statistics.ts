import type { RedisConnection } from '#shared/stores/redis/driver/connect.ts';

/** Redis's own statistics of the commands it ran, including those of scripts. */
export type CommandStatistics = Readonly<{
  /**
   * The longest one, in milliseconds, during which no other client was served; NaN before Redis 7.
   */
  longestMs: number;
  /** How many there were, by name. */
  calls: Readonly<Record<string, number>>;
}>;

/** Resets the statistics, and makes Redis record the longest command. */
export const resetCommandStatistics = async (redis: RedisConnection): Promise<void> => {
  await redis.config('SET', 'latency-tracking-info-percentiles', '100');
  await redis.config('RESETSTAT');
};

/** The statistics since resetCommandStatistics. */
export const commandStatistics = async (redis: RedisConnection): Promise<CommandStatistics> => {
  const [latencies, counts] = [await redis.info('latencystats'), await redis.info('commandstats')];
  const longestMicros = Array.from(latencies.matchAll(/:p100=([\d.]+)/g), ([, micros]) =>
    Number(micros),
  );
  const calls = Array.from(counts.matchAll(/cmdstat_(\S+):calls=(\d+)/g), ([, name, count]) => [
    name,
    Number(count),
  ]);
  return {
    longestMs: longestMicros.length === 0 ? Number.NaN : Math.max(...longestMicros) / 1_000,
    calls: Object.fromEntries(calls) as Record<string, number>,
  };
};
