import { expect, it } from 'vitest';
import { noUsage, type Usage } from '#shared/domain/limits/usage.ts';
import { counterText, usageInCounter } from './counter-text.ts';

const usage: Usage = {
  version: 12,
  total: { count: 3, amounts: { POINTS: 150, INR: 2 ** 53 - 1 } },
  days: {
    '2026-11-20': { count: 1, amounts: { INR: 7 } },
    '2026-11-21': { count: 2, amounts: { POINTS: 150, INR: 0 } },
  },
};

it('a counter contains all of a usage', () => {
  expect(counterText(usage)).toBe(
    '0000000000000012 count=3 POINTS=150 INR=9007199254740991 ' +
      '2026-11-20=1 2026-11-20:INR=7 2026-11-21=2 2026-11-21:POINTS=150 2026-11-21:INR=0',
  );
  expect(usageInCounter(counterText(usage))).toEqual(usage);
  expect(usageInCounter(counterText(noUsage))).toEqual(noUsage);
});

it.each([
  [0, 1],
  [9, 10],
  [99_999, 100_000],
  [2 ** 53 - 2, 2 ** 53 - 1],
])(
  'a counter of version %i sorts before that of version %i, whatever else they contain',
  (older, newer) => {
    const textOf = (version: number, own: Usage) => counterText({ ...own, version });
    expect(textOf(older, usage) < textOf(newer, noUsage)).toBe(true);
    expect(textOf(older, noUsage) < textOf(newer, usage)).toBe(true);
  },
);
