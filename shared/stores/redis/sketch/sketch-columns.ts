import murmurhash from 'murmurhash';
import type { SketchColumns } from '#shared/domain/sketch/count-min-sketch.ts';
import type { SketchGeometry } from '#shared/domain/sketch/sketch-geometry.ts';

/**
 * Where a campaign is counted: its Murmur3 hash (x86, 32 bits) for each row, whose seed is the
 * number of the row from 1 on.
 */
export const columnsOf = ({ width, depth }: SketchGeometry, campaignId: string): SketchColumns => {
  const bytes = encoder.encode(campaignId);
  return Array.from({ length: depth }, (_, row) => murmurhash.v3(bytes, row + 1) % width);
};

const encoder = new TextEncoder();

/** Seeds of hashes that must be independent of the columns. */
const seeds = { sample: 1_001, share: 1_002 };

/** Whether a campaign is among every so many that are counted exactly, the same ones always. */
export const isSampled = (campaignId: string, oneIn: number): boolean =>
  murmurhash.v3(campaignId, seeds.sample) % oneIn === 0;

/** Whether a tenant is among so many per cent of all; a larger share has the same ones and more. */
export const isInShare = (tenantId: string, percent: number): boolean =>
  murmurhash.v3(tenantId, seeds.share) % 100 < percent;
