import { expect, it } from 'vitest';
import { wantsEvent } from './wants-event.ts';

it.each([
  [['*'], true],
  [['points.*'], true],
  [['points.awarded'], true],
  [['tier.*', 'points.awarded'], true],
  [['points'], false],
  [['point.*'], false],
  [['points.award'], false],
  [[], false],
])('%j and points.awarded: %s', (patterns, wanted) => {
  expect(wantsEvent(patterns, 'points.awarded')).toBe(wanted);
});
