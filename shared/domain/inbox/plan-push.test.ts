import { expect, it } from 'vitest';
import { type PushPreferences, planPush } from './plan-push.ts';

const night = { from: 22, until: 7, then: 'postpone' } as const;
const preferences: PushPreferences = {
  ...{ isOn: true, quietHours: night, timeZone: 'Asia/Kolkata', hourlyMax: 3 },
};
/** 23:10 in Kolkata. */
const late = new Date('2026-11-21T17:40:00Z');
const noon = new Date('2026-11-21T06:30:00Z');
const plan = (now: Date, changes: Partial<PushPreferences> = {}, sentLastHour = 0) =>
  planPush({ preferences: { ...preferences, ...changes }, now, occurredAt: now, sentLastHour });

it.each([
  ['is sent by day', plan(noon), { kind: 'send' }],
  ['is dropped where the user wants none', plan(noon, { isOn: false }), { reason: 'off' }],
  [
    'is postponed to the end of quiet hours',
    plan(late),
    { kind: 'postpone', until: new Date('2026-11-22T01:30:00Z') },
  ],
  [
    'is dropped in quiet hours where the user prefers that',
    plan(late, { quietHours: { ...night, then: 'drop' } }),
    { reason: 'quiet-hours' },
  ],
  ['is sent late where no hour is quiet', plan(late, { quietHours: undefined }), { kind: 'send' }],
  ['is sent up to the hourly number', plan(noon, {}, 2), { kind: 'send' }],
  ['is dropped beyond the hourly number', plan(noon, {}, 3), { reason: 'throttled' }],
])('a notification %s', (_name, planned, expected) => {
  expect(planned).toMatchObject(expected);
});

it('is dropped a day after its event', () => {
  const occurredAt = new Date(noon.getTime() - 25 * 3_600_000);
  expect(planPush({ preferences, now: noon, occurredAt, sentLastHour: 0 })).toEqual({
    kind: 'drop',
    reason: 'too-late',
  });
});

it.each([
  ['spring, over midnight', night, '2026-03-29T00:10:00Z', '2026-03-29T05:00:00Z'],
  ['autumn, over midnight', night, '2026-10-24T23:10:00Z', '2026-10-25T06:00:00Z'],
  // From 02:00 to 02:59 twice: in CEST, then in CET.
  [
    'autumn, at two',
    { ...night, from: 2, until: 3 },
    '2026-10-25T00:10:00Z',
    '2026-10-25T02:00:00Z',
  ],
] as const)('ends quiet hours by the clocks of the zone in %s', (_when, quietHours, now, until) => {
  expect(plan(new Date(now), { timeZone: 'Europe/Berlin', quietHours })).toEqual({
    kind: 'postpone',
    until: new Date(until),
  });
});
