import { expect, it } from 'vitest';
import { quantity } from './quantity.ts';

it.each([
  ['250m', 0.25],
  ['1', 1],
  ['1.5', 1.5],
  ['512Mi', 536_870_912],
  ['1e3', 1000],
  ['2G', 2_000_000_000],
  ['512MB!', Number.NaN],
  ['512MB', Number.NaN],
  ['', Number.NaN],
])('quantity(%s) is %d', (text, amount) => {
  expect(quantity(text)).toBe(amount);
});
