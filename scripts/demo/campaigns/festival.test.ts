import { expect, it } from 'vitest';
import { festivalBegin, festivalMs } from './festival.ts';

const hourMs = 3_600_000;
const inNewYork = new Intl.DateTimeFormat('en-US', {
  ...{ timeZone: 'America/New_York', weekday: 'short', hour: '2-digit', hourCycle: 'h23' },
  timeZoneName: 'short',
});

it('is over, of the last 400 days, and has a day of 25 hours, whenever the demo runs', () => {
  const from = Date.UTC(2026, 0, 1);
  for (let hours = 0; hours < 6 * 365 * 24; hours += 7) {
    const now = new Date(from + hours * hourMs);
    const begin = festivalBegin(now);
    const end = new Date(begin.getTime() + festivalMs);
    expect(end <= now, now.toISOString()).toBe(true);
    expect(now.getTime() - begin.getTime()).toBeLessThan(400 * 24 * hourMs);
    expect(inNewYork.format(begin)).toBe('Sat, 00 EDT');
    expect(inNewYork.format(end)).toBe('Tue, 00 EST');
  }
});
