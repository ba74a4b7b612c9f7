import {
  type CohortMemberships,
  cohortMemberships,
} from '#shared/stores/postgres/cohorts/cohort-memberships.ts';
import { cachedMemberships } from '#shared/stores/redis/cohorts/cached-memberships.ts';
import { cohortBitmaps } from '#shared/stores/redis/cohorts/cohort-bitmaps.ts';
import type { RedisConnection } from '#shared/stores/redis/driver/connect.ts';
import { redisCircuit } from '#shared/stores/redis/driver/redis-availability.ts';
import type { Sample } from '../../core/rounds.ts';
import { createLatencies } from '../../load/latencies.ts';
import { redisSeconds } from '../../load/redis-seconds.ts';
import { allCohorts, type CohortWorld, tenantId } from './cohort-world.ts';

type LookUp = Readonly<{
  members: number;
  /** Users looked up at once: 1 is what a single event costs. */
  users: number;
  isOver: (calls: number) => boolean;
}>;

const callsMax = 1_000_000;

/** Bitmaps before Postgres, as evaluate-campaign looks members up; and Postgres alone. */
export const memberLookups = ({ sql, redis }: Pick<CohortWorld, 'sql' | 'redis'>) => {
  const postgres = cohortMemberships(sql);
  const bitmaps = cohortBitmaps(redis);
  return {
    postgres,
    cached: cachedMemberships({ memberships: postgres, bitmaps, circuit: redisCircuit() }),
  };
};

/** Looks users up in all cohorts, half of them members of the large ones; milliseconds per call. */
export const lookUp = async (
  memberships: CohortMemberships,
  { members, users, isOver }: LookUp,
): Promise<Sample> => {
  const latencies = createLatencies(callsMax);
  while (!isOver(latencies.count()) && latencies.count() < callsMax) {
    const questions = Array.from({ length: users }, () => ({
      ...{ tenantId, userId: `u-${Math.floor(Math.random() * 2 * members)}` },
      ...{ at: new Date(), cohorts: new Set(allCohorts) },
    }));
    const startedAt = performance.now();
    await memberships.among(questions);
    latencies.add(performance.now() - startedAt);
  }
  return latencies.percentiles();
};

/**
 * What Redis itself measures while scripts run: how long a call took, in microseconds, and its
 * processor time. They do not include waiting in front of Redis; on a busy machine, the duration
 * includes waiting for the processor during a call.
 */
export const measureScripts = async (
  redis: RedisConnection,
  work: () => Promise<unknown>,
): Promise<Sample> => {
  await redis.config('SET', 'latency-tracking-info-percentiles', '50 99 100');
  await redis.config('RESETSTAT');
  const seconds = await redisSeconds(redis, work);
  const times = /latency_percentiles_usec_evalsha:p50=([\d.]+),p99=([\d.]+),p100=([\d.]+)/.exec(
    await redis.info('latencystats'),
  );
  const calls = /cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1];
  const [, p50, p99, longest] = (times ?? []).map(Number);
  return {
    ...{ redisP50: p50 ?? Number.NaN, redisP99: p99 ?? Number.NaN },
    ...{ redisLongest: longest ?? Number.NaN, redisCpu: (seconds * 1e6) / Number(calls) },
  };
};
