import { describe, expect, it } from 'vitest';
import { errorBoundOf, geometryOf, separates, widthFor } from './sketch-geometry.ts';

const terms = { errorShare: 0.01, failureShare: 0.01, threshold: 5_000, expectedHits: 50_000 };

describe('geometryOf', () => {
  it('follows from the error and its probability where that separates hot from cold', () => {
    expect(geometryOf(terms)).toEqual({ width: 272, depth: 5 });
    expect(separates(geometryOf(terms), terms, 50_000)).toBe(true);
  });

  it('is as wide as the expected hits need, a power of two', () => {
    expect(geometryOf({ ...terms, expectedHits: 600_000 })).toEqual({ width: 4_096, depth: 5 });
    expect(geometryOf({ ...terms, expectedHits: 60_000_000 })).toEqual({
      width: 524_288,
      depth: 5,
    });
    for (const expectedHits of [60_000, 1_000_000, 60_000_000, 190_000_000])
      expect(separates(geometryOf({ ...terms, expectedHits }), terms, expectedHits)).toBe(true);
  });

  it('stops at the width beyond which it no longer separates, and reports it', () => {
    const expectedHits = 10 ** 9;
    const geometry = geometryOf({ ...terms, expectedHits });
    expect(geometry).toEqual({ width: 2 ** 20, depth: 5 });
    expect(separates(geometry, terms, expectedHits)).toBe(false);
    expect(widthFor(terms, expectedHits)).toBe(2 ** 23);
  });

  it('bounds the error by the share of all hits', () => {
    expect(errorBoundOf({ width: 272, depth: 5 }, 60_000_000)).toBeCloseTo(599_621, -1);
  });
});
