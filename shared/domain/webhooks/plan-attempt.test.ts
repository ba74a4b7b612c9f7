import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type AttemptResult, planAttempt } from './plan-attempt.ts';

const now = new Date('2026-11-21T10:00:00Z');
const day = 86_400_000;
const plan = (result: AttemptResult, other: Partial<Parameters<typeof planAttempt>[0]> = {}) =>
  planAttempt({ result, attempts: 1, failures: 0, leftMs: day, now, random: 0.5, ...other });

it.each([200, 201, 204, 299])('takes %i as success', (status) => {
  expect(plan({ status })).toEqual({ kind: 'delivered' });
});

it('disables what answers 410', () => {
  expect(plan({ status: 410 })).toEqual({ kind: 'gone' });
});

it.each([301, 302, 307, 400, 404])('retries %i without a pause of the endpoint', (status) => {
  expect(plan({ status })).toEqual({ kind: 'retry', inMs: 2_500, pauseMs: 0 });
});

it.each<AttemptResult>([{ status: 500 }, { status: 429 }, { error: 'timeout' }])(
  'pauses the endpoint after %j, longer each time',
  (result) => {
    expect(plan(result)).toEqual({ kind: 'retry', inMs: 2_500, pauseMs: 500 });
    expect(plan(result, { failures: 3 })).toMatchObject({ pauseMs: 4_000 });
    expect(plan(result, { failures: 1_000 })).toMatchObject({ pauseMs: 150_000 });
  },
);

it.each([
  ['120', 120_000],
  ['Sat, 21 Nov 2026 10:02:00 GMT', 120_000],
  ['999999999', 3_600_000],
])('honours Retry-After: %s within bounds', (retryAfter, ms) => {
  expect(plan({ status: 503, retryAfter })).toEqual({ kind: 'retry', inMs: ms, pauseMs: ms });
  expect(plan({ status: 429, retryAfter })).toEqual({ kind: 'retry', inMs: ms, pauseMs: ms });
});

// The clock of an endpoint may be slow.
it.each(['0', 'Sat, 21 Nov 2026 09:59:00 GMT'])(
  'pauses as without it after Retry-After: %s',
  (retryAfter) => {
    expect(plan({ status: 503, retryAfter })).toEqual({ kind: 'retry', inMs: 2_500, pauseMs: 500 });
  },
);

it.each(['soon', '-1', '1e9'])('ignores Retry-After: %s', (retryAfter) => {
  expect(plan({ status: 503, retryAfter })).toMatchObject({ pauseMs: 500 });
});

it('gives up once the time of the delivery is over', () => {
  expect(plan({ status: 404 }, { leftMs: 0 })).toEqual({ kind: 'failed', pauseMs: 0 });
});

it('retries within its backoff, whatever the attempt', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      (attempts, random) => {
        const found = plan({ status: 400 }, { attempts, random });
        const backoffMs = Math.min(6 * 3_600_000, 5_000 * 3 ** (attempts - 1));
        expect(found.kind === 'retry' && found.inMs >= 0 && found.inMs <= backoffMs).toBe(true);
      },
    ),
  );
});
