import { createHash } from 'node:crypto';
import { countMax } from '#shared/domain/sketch/count-min-sketch.ts';
import {
  errorBoundOf,
  geometryOf,
  type SketchGeometry,
} from '#shared/domain/sketch/sketch-geometry.ts';
import type { RedisConnection } from '#shared/stores/redis/driver/connect.ts';
import { progressKey, sketchKey } from '#shared/stores/redis/driver/keys.ts';
import { sketchCounters } from '#shared/stores/redis/sketch/sketch-counters.ts';
import { type Bound, type Figure, toFigure } from '../../core/figure.ts';
import type { Bench } from '../../core/row.ts';
import {
  campaignIdOf,
  campaigns,
  conservativeEstimates,
  countsOf,
  estimatesOf,
  expectedCounts,
  falsePositives,
  sketchTerms,
  zipfHits,
} from './sketch-world.ts';

/** How exact estimates are, according to the twin in this process. */
export const errorFigures = (bench: Bench): readonly Figure[] => {
  bench.log('errors');
  const counts = countsOf(zipfHits(1_000_000, campaigns), campaigns);
  const narrow = { width: 272, depth: 5 };
  const bound = errorBoundOf(narrow, 1_000_000);
  const estimates = estimatesOf(narrow, counts);
  const errors = counts.map(
    (count, campaign) => (estimates[campaign] ?? 0) - Math.min(count, countMax),
  );
  const many = expectedCounts(60_000_000, campaigns);
  const wide = geometryOf({ ...sketchTerms, expectedHits: 60_000_000 });
  const positives = (geometry: SketchGeometry) => falsePositives(many, estimatesOf(geometry, many));
  const equal = { width: 4_096, depth: 5 };
  const share = (isWrong: (error: number) => boolean) =>
    (100 * errors.filter(isWrong).length) / campaigns;
  const conservative = conservativeEstimates(equal, many, bench.quick ? 20 : 200);
  return [
    single({
      ...{ figure: 'estimates too low, 1 M hits', unit: '%' },
      value: share((error) => error < 0),
      target: [{ of: 'value', atMost: 0 }],
    }),
    single({
      ...{ figure: 'estimates beyond the error bound, 1 M hits, 272 × 5', unit: '%' },
      value: share((error) => error > bound),
      target: [{ of: 'value', atMost: 1 }],
    }),
    single({
      ...{ figure: `false positives, 60 M hits, ${wide.width} × ${wide.depth}`, unit: '%' },
      value: positives(wide),
      baseline: { name: '272 × 5', values: [positives(narrow)] },
      target: [{ of: 'value', atMost: 1 }],
    }),
    single({
      ...{ figure: 'false positives, 60 M hits, 4096 × 5', unit: '%' },
      value: positives(equal),
      baseline: { name: 'conservative update', values: [falsePositives(many, conservative)] },
    }),
  ];
};

/** The memory for progress in hot campaigns, compared with that in all campaigns. */
export const memoryFigures = async (
  bench: Bench,
  redis: RedisConnection,
): Promise<readonly Figure[]> => {
  bench.log('memory');
  const hits = zipfHits(1_000_000, campaigns);
  const counts = countsOf(hits, campaigns);
  const users = zipfHits(1_000_000, 100_000, 2);
  const pairs = new Set(
    Array.from(hits, (campaign, hit) => campaign * 100_000 + (users[hit] ?? 0)),
  );
  const isHot = (pair: number) =>
    (counts[Math.floor(pair / 100_000)] ?? 0) >= sketchTerms.threshold;
  const hotPairs = [...pairs].filter(isHot).length;
  const bytes = await bytesOfProgress(redis, bench.quick ? 1_000 : 20_000);
  await redis.flushdb();
  const geometry = geometryOf({ ...sketchTerms, expectedHits: 1_000_000 });
  const window = { tenantId: 'default', bucket: 1 };
  await sketchCounters(redis, geometry).add(window, hitsById(counts));
  const sketchBytes = Number(await redis.memory('USAGE', sketchKey('default', 1, geometry)));
  const kept = (hotPairs * bytes + sketchBytes) / 1e6;
  return [
    single({ figure: 'memory of a sketch', unit: 'kB', value: sketchBytes / 1_000 }),
    single({
      ...{ figure: 'memory of progress, hot campaigns and sketch', unit: 'MB', value: kept },
      baseline: { name: 'all campaigns', values: [(pairs.size * bytes) / 1e6] },
    }),
  ];
};

const hitsById = (counts: Float64Array): ReadonlyMap<string, number> =>
  new Map(Array.from(counts, (hits, campaign) => [campaignIdOf(campaign), hits] as const));

/** Bytes that the progress of a user in a quest takes in Redis. */
const bytesOfProgress = async (redis: RedisConnection, count: number): Promise<number> => {
  await redis.flushdb();
  const used = async () => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
  const ruleKey = createHash('sha256').update('rule').digest('hex');
  const before = await used();
  for (let user = 0; user < count; user += 1) {
    const key = progressKey({
      tenantId: 'default',
      campaignId: campaignIdOf(1),
      userId: `c-${user}`,
      ruleKey,
    });
    const progress = { completions: 1, startedAt: '2026-11-21T10:15:00.000Z', done: [1, 2, 0] };
    await redis.set(key, JSON.stringify(progress), 'PX', 600_000);
  }
  return ((await used()) - before) / count;
};

type Single = Readonly<{
  figure: string;
  unit: string;
  value: number;
  baseline?: Readonly<{ name: string; values: readonly number[] }>;
  target?: readonly Bound[];
}>;

/** A figure that is counted, not timed. */
const single = ({ value, ...figure }: Single): Figure =>
  toFigure({ row: 'sketch', values: [value], ...figure });
