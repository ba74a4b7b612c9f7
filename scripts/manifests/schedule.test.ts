import { expect, it } from 'vitest';
import { parseSchedule } from './schedule.ts';

it.each([
  ['*/5 * * * *', '*/5 * * * *'],
  [' 0  3 ? * MON-fri ', '0 3 * * MON-fri'],
  ['30 0 0 1,15 jan-mar/2 0', '30 0 0 1,15 jan-mar/2 0'],
  ['5/15 0-23/2 * * *', '5/15 0-23/2 * * *'],
  ['@midnight', '0 0 * * *'],
])('reads "%s"', (text, plain) => {
  expect(parseSchedule(text)).toBe(plain);
});

it.each([
  ['@every 1m', 'unsupported descriptor @every 1m'],
  ['* * * *', 'expected 5 to 6 fields, found 4'],
  ['60 * * * *', '60 is not valid for the minute'],
  ['* * 0 * *', '0 is not valid for the day of month'],
  ['* * * 13 *', '13 is not valid for the month'],
  ['* * * * 7', '7 is not valid for the day of week'],
  ['30-10 * * * *', '30-10 is not valid for the minute'],
  ['*/0 * * * *', '*/0 is not valid for the minute'],
  ['1,,2 * * * *', '1,,2 is not valid for the minute'],
  ['0 0 L * *', 'L is not valid for the day of month'],
  ['0 0 * * 1#2', '1#2 is not valid for the day of week'],
  ['CRON_TZ=Europe/Berlin 0 3 * * *', 'CRON_TZ=Europe/Berlin is not valid for the second'],
])('refuses "%s"', (text, message) => {
  expect(() => parseSchedule(text)).toThrow(message);
});
