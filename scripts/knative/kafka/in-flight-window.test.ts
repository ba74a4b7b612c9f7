import { expect, test } from 'vitest';
import { InFlightWindow } from './in-flight-window.ts';

const patient = 60_000;

test('there is room below the limit at once, and at the limit as soon as one leaves', async () => {
  const window = new InFlightWindow();
  expect(await window.hasRoom(1, patient)).toBe(true);
  window.enter();
  const room = window.hasRoom(1, patient);
  window.leave();
  expect(await room).toBe(true);
});

test('rejects those that wait too long', async () => {
  const window = new InFlightWindow();
  window.enter();
  expect(await window.hasRoom(1, 1)).toBe(false);
  expect(window.count).toBe(1);
});
