import { describe, expect, it } from 'vitest';
import { availableAt, type Expiry, expiryOf } from '../earning/rating/earning-rule.ts';

const placedAt = new Date('2026-11-21T19:00:00Z');

describe('expiryOf', () => {
  it.each<[string, Expiry, string]>([
    // It is the 22nd already in Kolkata.
    ['at the end of the same day', { kind: 'rolling', days: 0 }, '2026-11-22T18:30:00Z'],
    ['at the end of a day', { kind: 'rolling', days: 30 }, '2026-12-22T18:30:00Z'],
    [
      'at the end of the month',
      { kind: 'calendar', period: 'month', more: 0 },
      '2026-11-30T18:30:00Z',
    ],
    [
      'at the end of a quarter',
      { kind: 'calendar', period: 'quarter', more: 1 },
      '2027-03-31T18:30:00Z',
    ],
    [
      'at the end of next year',
      { kind: 'calendar', period: 'year', more: 1 },
      '2027-12-31T18:30:00Z',
    ],
  ])('lets points expire %s', (_when, expiry, lapses) => {
    expect(expiryOf(expiry, 'Asia/Kolkata', placedAt)).toEqual(new Date(lapses));
  });

  it('keeps to local days where clocks change in between', () => {
    const before = new Date('2026-03-07T17:00:00Z');
    expect(expiryOf({ kind: 'rolling', days: 1 }, 'America/New_York', before)).toEqual(
      new Date('2026-03-09T04:00:00Z'),
    );
  });

  it('never comes without an expiry', () => {
    expect(expiryOf({ kind: 'none' }, 'Asia/Kolkata', placedAt)).toBeUndefined();
  });
});

describe('availableAt', () => {
  it('is days of 24 hours after the order', () => {
    const available = availableAt({ kind: 'delay', days: 14 }, placedAt);
    expect(available).toEqual(new Date('2026-12-05T19:00:00Z'));
  });

  it('is not known of points that wait for an event or for nothing', () => {
    expect(availableAt({ kind: 'event', name: 'delivered' }, placedAt)).toBeUndefined();
    expect(availableAt({ kind: 'none' }, placedAt)).toBeUndefined();
  });
});
