import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jaroWinkler, jaroWinklerToMany } from './jaro-winkler.ts';

type Golden = readonly [a: string, b: string, similarity: number];

/** By scripts/matching/golden-pairs.py. */
const golden = readFileSync(new URL('jaro-winkler.golden.ndjson', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Golden);

/** Pairs on both sides of 32 units, from few letters, so that many match out of order. */
const anyWord = fc.string({ unit: fc.constantFrom('a', 'b', 'é', 'र'), maxLength: 40 });

describe('jaroWinkler', () => {
  it('equals rapidfuzz on strings of every length and script', () => {
    expect(golden.length).toBeGreaterThan(2_500);
    expect(golden.filter(([a]) => a.length > 64).length).toBeGreaterThan(100);
    const different = golden.filter(([a, b, like]) => Math.abs(jaroWinkler(a, b) - like) > 1e-12);
    expect(different).toEqual([]);
  });

  it('is symmetric, from 0 to 1, and 1 for equal strings alone', () => {
    fc.assert(
      fc.property(anyWord, anyWord, (a, b) => {
        const similarity = jaroWinkler(a, b);
        expect(jaroWinkler(b, a)).toBeCloseTo(similarity, 12);
        expect(similarity).toBeGreaterThanOrEqual(0);
        expect(similarity === 1).toBe(a === b);
      }),
    );
  });
});

describe('jaroWinklerToMany', () => {
  it('equals the similarity of each pair, on both sides of 32 units', () => {
    fc.assert(
      fc.property(anyWord, fc.array(anyWord, { maxLength: 5 }), (one, many) => {
        const expected = many.map((other) => jaroWinkler(other, one));
        expect([...jaroWinklerToMany(one, many)]).toEqual(expected);
      }),
    );
  });
});
