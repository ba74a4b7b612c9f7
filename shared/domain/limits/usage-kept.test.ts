import { expect, it } from 'vitest';
import { addDays } from '../time/local-time.ts';
import { isTooLate, neededDays, usageKeptFrom } from './admit.ts';
import type { Caps } from './caps.ts';

const now = new Date('2026-11-21T12:00:00Z');
const request = (caps: Caps, daysAgo: number) => ({
  day: addDays('2026-11-21', -daysAgo),
  amount: { unit: 'POINTS', value: 5 },
  caps: [{ scope: 'GLOBAL' as const, subject: 'tenant', caps }],
});

it.each<[string, Caps, number, boolean]>([
  ['a day, 400 days late', { maxPerDay: 1 }, 400, false],
  ['a day, 401 days late', { maxPerDay: 1 }, 401, true],
  ['a window, 401 days late', { maxTotal: 1, windowDays: 7 }, 401, true],
  ['an amount by day, 401 days late', { amounts: { POINTS: { maxPerDay: 1 } } }, 401, true],
  ['an amount of another unit', { amounts: { INR: { maxPerDay: 1 } } }, 401, false],
  ['a total, however late', { maxTotal: 1 }, 9_999, false],
])('a request of a cap by %s', (_what, caps, daysAgo, tooLate) => {
  expect(isTooLate(request(caps, daysAgo), now)).toBe(tooLate);
});

it('keeps each day that a request asks about which is not too late, with a week to spare', () => {
  const asked = neededDays([request({ maxTotal: 1, windowDays: 366 }, 400)]).get('tenant');
  expect(addDays(usageKeptFrom(now), 8)).toBe(asked?.[0]?.first);
});
