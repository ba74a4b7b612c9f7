import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDays,
  localDateOf,
  localTimeOf,
  startOfLocalDate,
  startOfPeriod,
} from './local-time.ts';

const zones = [
  'UTC',
  'Asia/Kolkata',
  'America/Sao_Paulo',
  'America/New_York',
  'America/Havana',
  'Africa/Cairo',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kiritimati',
] as const;

/** These zones moved over the date line. */
const leftOut = new Set(['Pacific/Apia 2011-12-30', 'Pacific/Kiritimati 1994-12-31']);

describe('localDateOf', () => {
  it.each([
    ['Asia/Kolkata', '2026-06-01T18:29:59.999Z', '2026-06-01'],
    ['Asia/Kolkata', '2026-06-01T18:30:00Z', '2026-06-02'],
    ['America/New_York', '2026-03-08T04:59:59Z', '2026-03-07'],
    ['America/New_York', '2026-11-01T03:59:59Z', '2026-10-31'],
    ['America/New_York', '2026-11-02T04:59:59Z', '2026-11-01'],
    ['America/Sao_Paulo', '1900-01-01T03:06:27Z', '1899-12-31'],
    ['Pacific/Kiritimati', '2026-12-31T10:00:00Z', '2027-01-01'],
  ])('knows the date in %s at %s', (timeZone, instant, date) => {
    expect(localDateOf(timeZone, new Date(instant))).toBe(date);
  });
});

describe('localTimeOf', () => {
  it.each([
    ['Asia/Kolkata', '2026-11-21T18:29:59Z', '2026-11-21', 23, 6],
    ['Asia/Kolkata', '2026-11-21T18:30:00Z', '2026-11-22', 0, 7],
    ['America/New_York', '2026-03-08T06:59:59Z', '2026-03-08', 1, 7],
    ['America/New_York', '2026-03-08T07:00:00Z', '2026-03-08', 3, 7],
    ['America/New_York', '2026-11-01T05:30:00Z', '2026-11-01', 1, 7],
    ['America/New_York', '2026-11-01T06:30:00Z', '2026-11-01', 1, 7],
    ['UTC', '2026-11-23T12:00:00Z', '2026-11-23', 12, 1],
  ])('knows what clocks show in %s at %s', (timeZone, instant, date, hour, weekday) => {
    expect(localTimeOf(timeZone, new Date(instant))).toEqual({ date, hour, weekday });
  });
});

describe('startOfLocalDate', () => {
  it.each([
    ['an ordinary day', 'Asia/Kolkata', '2026-06-02', '2026-06-01T18:30:00Z'],
    ['a day without midnight', 'America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00Z'],
    ['a day without midnight', 'Africa/Cairo', '2024-04-26', '2024-04-25T22:00:00Z'],
    ['a day whose midnight comes twice', 'America/Havana', '2025-11-02', '2025-11-02T04:00:00Z'],
    ['a day after 23:00 came twice', 'America/Sao_Paulo', '2019-02-17', '2019-02-17T03:00:00Z'],
    ['a day whose clocks change later', 'America/New_York', '2026-03-08', '2026-03-08T05:00:00Z'],
    ['the day after a change', 'America/New_York', '2026-03-09', '2026-03-09T04:00:00Z'],
    ['a day that the zone left out', 'Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00Z'],
  ])('is right for %s in %s: %s', (_what, timeZone, date, instant) => {
    expect(startOfLocalDate(timeZone, date)).toEqual(new Date(instant));
  });

  it('is the first instant of its date, in any zone on any day', () => {
    const anyDay = fc.integer({ min: -9_000, max: 30_000 });
    fc.assert(
      fc.property(fc.constantFrom(...zones), anyDay, (timeZone, day) => {
        const date = addDays('1970-01-01', day);
        fc.pre(!leftOut.has(`${timeZone} ${date}`));
        const start = startOfLocalDate(timeZone, date);
        expect(localDateOf(timeZone, start)).toBe(date);
        expect(localDateOf(timeZone, new Date(start.getTime() - 1)) < date).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('addDays', () => {
  it.each([
    ['2026-02-28', 1, '2026-03-01'],
    ['2028-02-28', 1, '2028-02-29'],
    ['2026-01-01', -1, '2025-12-31'],
    ['2026-06-15', 365, '2027-06-15'],
  ])('from %s by %i is %s', (from, days, to) => {
    expect(addDays(from, days)).toBe(to);
  });
});

describe('startOfPeriod', () => {
  it.each([
    ['2026-05-31', 'month', 0, '2026-05-01'],
    ['2026-12-31', 'month', 1, '2027-01-01'],
    ['2026-01-15', 'month', -1, '2025-12-01'],
    ['2026-05-31', 'quarter', 0, '2026-04-01'],
    ['2026-11-21', 'quarter', 2, '2027-04-01'],
    ['2026-11-21', 'year', 0, '2026-01-01'],
    ['2026-11-21', 'year', 3, '2029-01-01'],
  ] as const)('of %s by %s, %i ahead, is %s', (date, period, ahead, start) => {
    expect(startOfPeriod(date, period, ahead)).toBe(start);
  });
});
