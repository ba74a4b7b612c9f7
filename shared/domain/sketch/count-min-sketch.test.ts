import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CampaignsHit } from '#shared/eventing/contracts/campaigns.ts';
import { columnsOf } from '#shared/stores/redis/sketch/sketch-columns.ts';
import { runs } from '#shared/testing/runs.ts';
import { CountMinSketch } from './count-min-sketch.ts';
import { errorBoundOf, geometryOf, type SketchGeometry } from './sketch-geometry.ts';

/** Hits as [campaign, hits], campaigns in any order and more than once. */
const anyStream = fc.array(fc.tuple(fc.nat(500), fc.integer({ min: 1, max: 150 })), {
  minLength: 1,
  maxLength: 400,
  size: 'max',
});
type Stream = readonly (readonly [campaign: number, hits: number])[];

const columns = (geometry: SketchGeometry, campaign: number, stream = 0) =>
  columnsOf(geometry, `${stream}-${campaign}`);

const sketchOf = (geometry: SketchGeometry, hits: Stream, stream = 0): CountMinSketch => {
  const sketch = new CountMinSketch(geometry);
  for (const [campaign, count] of hits) sketch.add(columns(geometry, campaign, stream), count);
  return sketch;
};

const exactOf = (hits: Stream): ReadonlyMap<number, number> => {
  const exact = new Map<number, number>();
  for (const [campaign, count] of hits) exact.set(campaign, (exact.get(campaign) ?? 0) + count);
  return exact;
};

describe('CountMinSketch', () => {
  it('never estimates too low', () => {
    fc.assert(
      fc.property(anyStream, fc.integer({ min: 1, max: 300 }), (hits, width) => {
        const geometry = { width, depth: 5 };
        const sketch = sketchOf(geometry, hits);
        for (const [campaign, count] of exactOf(hits))
          expect(sketch.estimate(columns(geometry, campaign))).toBeGreaterThanOrEqual(count);
      }),
      { numRuns: runs(50) },
    );
  });

  it('estimates too high by more than εN with probability δ at most', () => {
    const terms = { errorShare: 0.05, failureShare: 0.05, threshold: 10 ** 9, expectedHits: 1 };
    const geometry = geometryOf(terms);
    // To meet one of these is an error of more than εN: in one row a fourth of all campaigns do.
    const heavy = Array.from({ length: 15 }, (_, number) => [1_000 + number, 5_000] as const);
    let estimates = 0;
    let failures = 0;
    fc.assert(
      fc.property(anyStream, fc.nat(), (light, stream) => {
        const hits = [...light, ...heavy];
        const sketch = sketchOf(geometry, hits, stream);
        const total = hits.reduce((sum, [, count]) => sum + count, 0);
        for (const [campaign, count] of exactOf(hits)) {
          const error = sketch.estimate(columns(geometry, campaign, stream)) - count;
          estimates += 1;
          if (error > errorBoundOf(geometry, total)) failures += 1;
        }
      }),
      { numRuns: runs(200), seed: 20_261_122 },
    );
    expect(estimates).toBeGreaterThan(10_000);
    expect(failures / estimates).toBeLessThanOrEqual(terms.failureShare);
  });

  it('is the same for any order of hits and any split of them', () => {
    fc.assert(
      fc.property(anyStream, (hits) => {
        const geometry = { width: 16, depth: 3 };
        const parts = [...hits].reverse().flatMap(([campaign, count]) =>
          count === 1
            ? [[campaign, 1] as const]
            : ([
                [campaign, 1],
                [campaign, count - 1],
              ] as const),
        );
        expect(sketchOf(geometry, parts)).toEqual(sketchOf(geometry, hits));
      }),
      { numRuns: runs(50) },
    );
  });

  it('stays at the largest count', () => {
    const geometry = { width: 2, depth: 2 };
    const sketch = new CountMinSketch(geometry);
    sketch.add([0, 1], 65_530);
    sketch.add([0, 1], 65_530);
    expect(sketch.estimate([0, 1])).toBe(65_535);
  });
});

describe('columnsOf', () => {
  it('are Murmur3 with the number of the row as seed, within the width', () => {
    // Vectors of the reference implementation, MurmurHash3_x86_32.
    expect(columnsOf({ width: 2 ** 32, depth: 2 }, 'hello')).toEqual([0xbb4abcad, 0xe12f127d]);
    expect(
      columnsOf({ width: 2 ** 32, depth: 1 }, Object.keys(CampaignsHit.example.hits)[0] ?? ''),
    ).toEqual([0x28e22ded]);
    const many = Array.from({ length: 1_000 }, (_, number) =>
      columnsOf({ width: 272, depth: 5 }, `campaign-${number}`),
    );
    expect(many.every((own) => own.length === 5 && Math.max(...own) < 272)).toBe(true);
  });
});
