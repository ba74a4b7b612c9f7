import type { SketchGeometry } from '#shared/domain/sketch/sketch-geometry.ts';
import { slices } from '#shared/domain/slices.ts';
import type { RedisConnection } from '../driver/connect.ts';
import { sketchKey } from '../driver/keys.ts';
import { columnsOf } from './sketch-columns.ts';

/** A tenant's window. */
type Window = Readonly<{ tenantId: string; bucket: number }>;

/** The counters of count-min sketches. Counts are never below what was added, up to 65,535. */
export type SketchCounters = Readonly<{
  /** Adds hits of campaigns to a window, and returns their counts in it then, in order. */
  add: (window: Window, hits: ReadonlyMap<string, number>) => Promise<readonly number[]>;
  /** The counts of campaigns in a window, in order. */
  read: (window: Window, campaignIds: readonly string[]) => Promise<readonly number[]>;
}>;

/** Campaigns of one BITFIELD: bounds how long it blocks Redis. */
const campaignsMax = 250;

type Argument = string | number;

/**
 * Count-min sketches as strings of 16-bit counters. A BITFIELD adds to all counters of many
 * campaigns and returns what they are then, without a script: {@link CountMinSketch} is the twin.
 * Redis reads and writes a counter bit by bit, and parses each argument: both are kept few.
 */
export const sketchCounters = (
  redis: RedisConnection,
  geometry: SketchGeometry,
): SketchCounters => {
  const { width, depth } = geometry;
  const cellsOf = (campaignId: string) =>
    columnsOf(geometry, campaignId).map((column, row) => `#${row * width + column}`);

  const bitfield = async (
    { tenantId, bucket }: Window,
    campaigns: readonly (readonly Argument[])[],
    ...before: readonly Argument[]
  ): Promise<readonly number[]> => {
    const key = sketchKey(tenantId, bucket, geometry);
    const replies = await Promise.all(
      slices(campaigns, campaignsMax).map((slice) =>
        redis.call('BITFIELD', key, ...before, ...slice.flat()),
      ),
    );
    const counts = (replies as readonly number[][]).flat();
    return campaigns.map((_, index) =>
      Math.min(...counts.slice(index * depth, (index + 1) * depth)),
    );
  };

  return {
    add: (window, hits) =>
      bitfield(
        window,
        Array.from(hits, ([campaignId, added]) =>
          cellsOf(campaignId).flatMap((cell) => ['INCRBY', 'u16', cell, added]),
        ),
        // It applies to all increments that follow.
        ...['OVERFLOW', 'SAT'],
      ),
    read: (window, campaignIds) =>
      bitfield(
        window,
        campaignIds.map((id) => cellsOf(id).flatMap((cell) => ['GET', 'u16', cell])),
      ),
  };
};
