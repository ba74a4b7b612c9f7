import type { SketchGeometry } from '#shared/domain/sketch/sketch-geometry.ts';
import type { RedisConnection } from '#shared/stores/redis/driver/connect.ts';
import { defineScripts } from '#shared/stores/redis/driver/define-scripts.ts';
import { hitSketch } from '#shared/stores/redis/sketch/hit-sketch.ts';
import { columnsOf } from '#shared/stores/redis/sketch/sketch-columns.ts';
import { sketchCounters } from '#shared/stores/redis/sketch/sketch-counters.ts';
import conservativeSketch from './conservative-sketch.lua';
import naiveSketch from './naive-sketch.lua';
import { campaignIdOf } from './sketch-world.ts';

/**
 * Ways to count: everything that update-sketch sends for a batch of hits; only its counters, summed
 * per campaign or one by one; the same with conservative update; and with the hashes in a script.
 */
export type SketchVariant = 'sent' | 'joined' | 'alone' | 'conservative' | 'naive';

/** Counts hits in Redis. */
export type Counter = Readonly<{
  /** Counts one batch of hits. */
  count: (batch: Uint32Array) => Promise<unknown>;
  /** The estimate of a campaign. */
  read: (campaignId: string) => Promise<number>;
}>;

type Counters = Readonly<Record<SketchVariant, Counter>>;

/** All ways to count. */
export const countersOf = (redis: RedisConnection, geometry: SketchGeometry): Counters => ({
  ...additions(redis, geometry),
  ...scripted(redis, geometry),
});

/** BITFIELD, alone and with what else update-sketch sends. */
const additions = (
  redis: RedisConnection,
  geometry: SketchGeometry,
): Pick<Counters, 'sent' | 'joined' | 'alone'> => {
  const sketch = hitSketch(redis, { geometry, keptMs: 600_000, refreshMs: 1_000 });
  const counters = sketchCounters(redis, geometry);
  const window = { tenantId: 'default', bucket: 1 };
  const read = async (campaignId: string) =>
    (await counters.read(window, [campaignId]))[0] ?? Number.NaN;
  const { tenantId, bucket } = window;
  return {
    sent: {
      count: (batch) => sketch.add(bucket, [{ tenantId, hits: joined(batch) }], new Date()),
      read,
    },
    joined: { count: (batch) => counters.add(window, joined(batch)), read },
    alone: {
      count: (batch) => each(batch, (id) => counters.add(window, new Map([[id, 1]]))),
      read,
    },
  };
};

/** The scripts of the ways that do more in Redis. */
const scripted = (
  redis: RedisConnection,
  geometry: SketchGeometry,
): Pick<Counters, 'conservative' | 'naive'> => {
  const { width, depth } = geometry;
  const scripts = defineScripts(redis, {
    naiveSketch: { lua: naiveSketch, numberOfKeys: 1 },
    conservativeSketch: { lua: conservativeSketch, numberOfKeys: 1 },
  });
  const cellsOf = (campaignId: string) =>
    columnsOf(geometry, campaignId).map((column, row) => row * width + column);
  return {
    conservative: {
      count: (batch) =>
        scripts.conservativeSketch(
          'conservative',
          depth,
          ...[...joined(batch)].flatMap(([id, hits]) => [
            hits,
            ...cellsOf(id).map((cell) => `#${cell}`),
          ]),
        ),
      read: async (campaignId) => {
        const reads = cellsOf(campaignId).flatMap((cell) => ['GET', 'u16', `#${cell}`]);
        return Math.min(...((await redis.call('BITFIELD', 'conservative', ...reads)) as number[]));
      },
    },
    naive: {
      count: (batch) => each(batch, (id) => scripts.naiveSketch('naive', id, width, depth)),
      read: async (campaignId) => {
        const found = await redis.hmget('naive', ...cellsOf(campaignId).map(String));
        return Math.min(...found.map(Number));
      },
    },
  };
};

/** The hits of each campaign in a batch. */
const joined = (batch: Uint32Array): Map<string, number> =>
  batch.reduce(
    (hits, campaign) =>
      hits.set(campaignIdOf(campaign), (hits.get(campaignIdOf(campaign)) ?? 0) + 1),
    new Map<string, number>(),
  );

/** Counts one hit after the other, all sent at once. */
const each = (batch: Uint32Array, count: (campaignId: string) => Promise<unknown>) =>
  Promise.all(Array.from(batch, (campaign) => count(campaignIdOf(campaign))));
