import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frequentItems } from './metrics.ts';

const countersMax = 8;
/** A few frequent items among many rare ones. */
const stream = fc.array(
  fc.oneof(
    fc.constantFrom('a', 'b'),
    fc.integer({ min: 0, max: 200 }).map((rare) => `rare-${rare}`),
  ),
  { maxLength: 400 },
);

describe('frequentItems', () => {
  it('never counts more than was added, nor misses more than its share, with few counters', () => {
    fc.assert(
      fc.property(stream, (items) => {
        const { add, top, total } = frequentItems(countersMax);
        items.forEach(add);
        const found = new Map(top(countersMax).map(({ item, atLeast }) => [item, atLeast]));
        expect(found.size).toBeLessThanOrEqual(countersMax);
        expect(total()).toBe(items.length);
        for (const [item, own] of Map.groupBy(items, (each) => each)) {
          const atLeast = found.get(item) ?? 0;
          expect(atLeast).toBeLessThanOrEqual(own.length);
          expect(atLeast).toBeGreaterThanOrEqual(own.length - items.length / countersMax);
        }
      }),
    );
  });

  it('names the most frequent first', () => {
    const { add, top } = frequentItems(3);
    ['a', 'b', 'b', 'b', 'a', 'c'].forEach(add);
    expect(top(2)).toEqual([
      { item: 'b', atLeast: 3 },
      { item: 'a', atLeast: 2 },
    ]);
  });
});
