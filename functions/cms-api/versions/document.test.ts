import { expect, it } from 'vitest';
import { statusOf } from '#shared/domain/earning/activation.ts';

const hour = (hours: number) => new Date(Date.UTC(2026, 10, 21, hours));
const none = undefined;

it.each<[status: string, dates: [Date | undefined, Date | undefined, Date | undefined]]>([
  ['draft', [none, none, none]],
  ['scheduled', [hour(13), none, none]],
  ['in-force', [hour(12), none, none]],
  ['in-force', [hour(9), hour(13), hour(14)]],
  ['superseded', [hour(9), none, hour(12)]],
  ['superseded', [hour(9), hour(11), hour(10)]],
  ['ended', [hour(9), hour(12), none]],
  ['ended', [hour(9), hour(10), hour(11)]],
  ['ended', [hour(9), hour(10), hour(10)]],
])('is %s by %j', (status, [validFrom, validUntil, replacedAt]) => {
  expect(statusOf({ validFrom, validUntil, replacedAt }, hour(12))).toBe(status);
});
