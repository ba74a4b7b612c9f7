import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fractionText, plus, rational, remainderOf, times, wholeOf } from './rational.ts';

const anyRational = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 20n }), fc.bigInt({ min: 1n, max: 10n ** 20n }))
  .map(([num, den]) => rational(num, den));

describe('rational', () => {
  it.each([
    [6n, 4n, '3/2'],
    [0n, 7n, '0/1'],
    [20_000n, 10_000n, '2/1'],
    [-6n, 4n, '-3/2'],
  ])('is in lowest terms for %i/%i', (num, den, text) => {
    expect(fractionText(rational(num, den))).toBe(text);
  });

  it('distributes exactly, whatever the sizes', () => {
    fc.assert(
      fc.property(anyRational, anyRational, anyRational, (one, other, factor) => {
        const sum = times(plus(one, other), factor);
        expect(sum).toEqual(plus(times(one, factor), times(other, factor)));
      }),
    );
  });

  it('is its whole part and its remainder', () => {
    fc.assert(
      fc.property(anyRational, (value) => {
        const remainder = remainderOf(value);
        expect(remainder.num < remainder.den).toBe(true);
        expect(plus(rational(wholeOf(value), 1n), remainder)).toEqual(value);
      }),
    );
  });
});
