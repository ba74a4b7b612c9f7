import { geometryOf } from '#shared/domain/sketch/sketch-geometry.ts';
import type { RedisConnection } from '#shared/stores/redis/driver/connect.ts';
import { interleave, type Measure, type Rounds, VoidRound } from '../../core/rounds.ts';
import type { Bench } from '../../core/row.ts';
import { redisSeconds } from '../../load/redis-seconds.ts';
import { type Counter, countersOf, type SketchVariant } from './sketch-counters.ts';
import {
  campaignIdOf,
  campaigns,
  countsOf,
  estimatesOf,
  sketchTerms,
  zipfHits,
} from './sketch-world.ts';

/** As many as a batch of update-sketch has. */
const batchHits = 100;
/** Batches in flight at once, so that Redis never waits for the client. */
const batchesInFlight = 8;

/** Counts the same hits in each way, and compares every estimate with the twin's. */
export const measureCounting = async (
  bench: Bench,
  redis: RedisConnection,
): Promise<Rounds<SketchVariant>> => {
  const expectedHits = 1_000_000;
  const geometry = geometryOf({ ...sketchTerms, expectedHits });
  const hits = zipfHits(bench.quick ? 20_000 : 200_000, campaigns);
  const expected = estimatesOf(geometry, countsOf(hits, campaigns));
  const counts = countersOf(redis, geometry);
  const variants = Object.fromEntries(
    Object.entries(counts).map(([name, { count, read }]): [string, Measure] => [
      name,
      async () => {
        await redis.flushdb();
        const seconds = await redisSeconds(redis, () => inBatches(hits, count));
        await requireEstimates(read, { expected, isExact: name !== 'conservative' });
        return { perSecond: hits.length / seconds };
      },
    ]),
  ) as Record<SketchVariant, Measure>;
  bench.log('warming up');
  for (const measure of Object.values(variants)) await measure();
  return interleave({ variants, rounds: bench.quick ? 2 : 5, log: bench.log });
};

const inBatches = async (hits: Uint32Array, count: Counter['count']): Promise<void> => {
  const batches = Array.from({ length: hits.length / batchHits }, (_, index) =>
    hits.subarray(index * batchHits, (index + 1) * batchHits),
  ).values();
  const work = async () => {
    for (const batch of batches) await count(batch);
  };
  await Promise.all(Array.from({ length: batchesInFlight }, work));
};

type Expected = Readonly<{ expected: Float64Array; isExact: boolean }>;

/**
 * Compares the estimates of Redis with those of the twin in this process; conservative ones are at
 * most these.
 */
const requireEstimates = async (
  read: Counter['read'],
  { expected, isExact }: Expected,
): Promise<void> => {
  for (let campaign = 0; campaign < campaigns; campaign += 997) {
    const found = await read(campaignIdOf(campaign));
    const wanted = expected[campaign] ?? Number.NaN;
    if (isExact ? found === wanted : found <= wanted) continue;
    throw new VoidRound(`campaign ${campaign}: estimate ${found}, expected ${wanted}`);
  }
};
