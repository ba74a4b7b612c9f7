import { expect, test } from 'vitest';
import { retryPolicy } from './retry-policy.ts';

const sum = (retry: number, backoffDelay: number, backoffPolicy: 'linear' | 'exponential') => {
  const { backoffMs } = retryPolicy({ retry, backoffDelay, backoffPolicy, timeout: 1 });
  return Array.from({ length: retry }, (_, index) => backoffMs(index + 1)).reduce((a, b) => a + b);
};

test('pauses add up to what Knative waits', () => {
  expect(sum(10, 300, 'exponential')).toBe(613_800);
  expect(sum(10, 200, 'exponential')).toBe(409_200);
  expect(sum(5, 200, 'exponential')).toBe(12_400);
  expect(sum(10, 300, 'linear')).toBe(16_500);
});

test('a delay of zero means no retry at all', () => {
  const policy = { retry: 5, backoffDelay: 0, backoffPolicy: 'linear', timeout: 1 } as const;
  expect(retryPolicy(policy).retries).toBe(0);
});
