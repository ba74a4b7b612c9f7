import { expect, it } from 'vitest';
import { usedToday } from './document.ts';

const tally = (count: number, inr: number) => ({ count, amounts: { INR: inr } });
const usage = {
  total: tally(10, 1_000),
  days: { '2026-11-14': tally(1, 10), '2026-11-15': tally(2, 20), '2026-11-21': tally(3, 30) },
  version: 4,
};

it.each([
  [undefined, tally(10, 1_000)],
  [1, tally(3, 30)],
  [7, tally(5, 50)],
  [8, tally(6, 60)],
])('counts the total that maxTotal limits, over %s days', (windowDays, total) => {
  expect(usedToday(usage, { windowDays }, '2026-11-21')).toEqual({ day: tally(3, 30), total });
});

it('finds nothing used on a day without incentives', () => {
  const nothing = { count: 0, amounts: {} };
  expect(usedToday(usage, { windowDays: 1 }, '2026-11-22')).toEqual({
    day: nothing,
    total: nothing,
  });
});
