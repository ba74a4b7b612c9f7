import { expect, it } from 'vitest';
import { compareCached } from './compare-cached.ts';

const balance = {
  tenantId: 't1',
  customerId: 'c-1',
  program: 'points',
  points: 10,
  pending: 1,
  reserved: 2,
  lifetime: 12,
  version: 5,
  reachedAt: new Date('2026-11-21T10:00:00Z'),
};
const current = { ...balance, isSettled: true, mayBeExpired: false };

it.each([
  ['the same', balance, 'equal'],
  ['nothing', undefined, 'missing'],
  ['an older version', { ...balance, version: 4, points: 8 }, 'behind'],
  ['a newer version', { ...balance, version: 6 }, 'ahead'],
  ['other points', { ...balance, points: 11 }, 'corrupt'],
  ['other pending points', { ...balance, pending: 0 }, 'corrupt'],
  ['other reserved points', { ...balance, reserved: 0 }, 'corrupt'],
  ['another lifetime', { ...balance, lifetime: 0 }, 'corrupt'],
  ['points that are no number', { ...balance, points: Number.NaN }, 'corrupt'],
  ['another date', { ...balance, reachedAt: new Date('2026-11-21T10:00:00.001Z') }, 'corrupt'],
])('knows the state of a cache that has %s', (_what, cached, state) => {
  expect(compareCached(current, cached)).toBe(state);
});

it('an older version is no drift while its write may be in flight', () => {
  const moving = { ...current, isSettled: false };
  expect(compareCached(moving, { ...balance, version: 4 })).toBe('equal');
  expect(compareCached(moving, { ...balance, points: 11 })).toBe('corrupt');
});

it('a balance that may have expired in the cache is no drift if it is missing, but is if it is wrong', () => {
  const old = { ...current, mayBeExpired: true };
  expect(compareCached(old, undefined)).toBe('equal');
  expect(compareCached(old, { ...balance, version: 4 })).toBe('behind');
});
