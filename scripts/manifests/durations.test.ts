import { expect, it } from 'vitest';
import { goSeconds, isoSeconds } from './durations.ts';

it.each([
  ['PT0.3S', 0.3],
  ['PT5M30S', 330],
  ['PT1H', 3600],
  ['P1DT1S', 86_401],
  ['PT0S', 0],
  ['P', Number.NaN],
  ['PT', Number.NaN],
  ['1s', Number.NaN],
  ['PT-1S', Number.NaN],
  [undefined, Number.NaN],
])('isoSeconds(%s) is %d', (text, seconds) => {
  expect(isoSeconds(text)).toBe(seconds);
});

it.each([
  ['60s', 60],
  ['1m30s', 90],
  ['1.5h', 5400],
  ['500ms', 0.5],
  ['0s', 0],
  ['60', Number.NaN],
  ['1 m', Number.NaN],
  ['', Number.NaN],
])('goSeconds(%s) is %d', (text, seconds) => {
  expect(goSeconds(text)).toBe(seconds);
});
