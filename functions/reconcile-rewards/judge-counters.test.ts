import { expect, it } from 'vitest';
import type { Usage } from '#shared/domain/limits/usage.ts';
import { judgeCounters } from './judge-counters.ts';

const total = { count: 3, amounts: { POINTS: 150 } };
const today = { count: 2, amounts: { POINTS: 100 } };
const days = { '2026-11-21': today, '2026-11-20': { count: 1, amounts: { POINTS: 50 } } };
const usage: Usage = { version: 5, total, days };
const none = { count: 0, amounts: { POINTS: 0 } };

it.each([
  ['the same', usage, 'equal'],
  ['nothing', undefined, 'missing'],
  ['an older version', { ...usage, version: 4, total: none }, 'behind'],
  ['a newer version', { ...usage, version: 6 }, 'ahead'],
  ['a version that is none', { ...usage, version: Number.NaN }, 'corrupt'],
  ['another count', { ...usage, total: { ...total, count: 4 } }, 'corrupt'],
  ['another amount', { ...usage, total: { ...total, amounts: { POINTS: 149 } } }, 'corrupt'],
  ['an amount too few', { ...usage, total: { ...total, amounts: {} } }, 'corrupt'],
  [
    'an amount too many',
    { ...usage, total: { ...total, amounts: { POINTS: 150, INR: 1 } } },
    'corrupt',
  ],
  ['a number that is none', { ...usage, total: { ...total, count: Number.NaN } }, 'corrupt'],
  ['another day', { ...usage, days: { ...days, '2026-11-21': { ...today, count: 1 } } }, 'corrupt'],
  ['a day too few', { ...usage, days: { '2026-11-21': today } }, 'corrupt'],
  ['a day too many', { ...usage, days: { ...days, '2026-11-19': today } }, 'corrupt'],
  ['a day on which nothing is left', { ...usage, days: { ...days, '2026-11-19': none } }, 'equal'],
])('counters that have %s are judged', (_what, cached, state) => {
  expect(judgeCounters({ usage, isSettled: true }, cached)).toBe(state);
});

it('an older version is no drift while the settling may be on its way', () => {
  const moving = { usage, isSettled: false };
  expect(judgeCounters(moving, { ...usage, version: 4 })).toBe('equal');
  expect(judgeCounters(moving, { ...usage, total: none })).toBe('corrupt');
});
