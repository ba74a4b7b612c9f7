import { expect, test } from 'vitest';
import { outcomeOf } from './answer.ts';

test.each([200, 202, 204])('%i is delivered', (status) => {
  expect(outcomeOf({ status })).toBe('delivered');
});

test.each([404, 408, 409, 429, 500, 502, 503, 504, 599])('%i is tried again', (status) => {
  expect(outcomeOf({ status })).toBe('retry');
});

test.each([301, 302, 303, 304, 400, 401, 403, 410, 413, 415, 422])('%i is refused', (status) => {
  expect(outcomeOf({ status })).toBe('refused');
});

test('no answer is tried again', () => {
  expect(outcomeOf({})).toBe('retry');
});
