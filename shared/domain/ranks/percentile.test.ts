import { expect, it } from 'vitest';
import { percentile } from './percentile.ts';

it.each([
  ['nobody behind', 0, 5, 0],
  ['a customer alone', 0, 1, 0],
  ['half', 5, 10, 50],
  ['two decimals, rounded down', 2, 3, 66.66],
  ['the first of millions, who is still not better than everybody', 9_999_999, 10_000_000, 99.99],
])('is right for %s', (_who, behind, customers, expected) => {
  expect(percentile(behind, customers)).toBe(expected);
});
