// @ts-expect-error the inside of kafkajs has no types.
import UntypedRequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import './kafkajs.ts';
import type { RequestQueue } from './kafkajs-internals.ts';

type Pushed = Readonly<{
  entry: Readonly<{ correlationId: number }>;
  expectResponse: boolean;
  sendRequest: () => void;
}>;
type Queue = RequestQueue &
  Readonly<{
    push: (request: Pushed) => void;
    fulfillRequest: (response: Readonly<{ correlationId: number }>) => void;
    maybeThrottle: (ms: number) => void;
    destroy: () => void;
  }>;

const newQueue = (): Queue => {
  const Queue = UntypedRequestQueue as new (options: object) => Queue;
  const logger = { debug: () => undefined, warn: () => undefined };
  return new Queue({
    ...{ maxInFlightRequests: 1, requestTimeout: 1_000, clientId: 'test', broker: 'b:1' },
    isConnected: () => true,
    logger: { namespace: () => logger, ...logger },
  });
};

/** Requests of a queue, and the numbers of those that were sent. */
const requests = (queue: Queue) => {
  const sent: number[] = [];
  const push = (correlationId: number) =>
    queue.push({
      entry: { correlationId },
      expectResponse: true,
      sendRequest: () => sent.push(correlationId),
    });
  return { sent, push };
};

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

it('sets no timer while no request is pending', () => {
  const queue = newQueue();
  const { sent, push } = requests(queue);
  push(1);
  queue.checkPendingRequests();
  expect(sent).toEqual([1]);
  expect(vi.getTimerCount()).toBe(0);
});

it('sends a pending request when the one in flight is answered', () => {
  const queue = newQueue();
  const { sent, push } = requests(queue);
  push(1);
  push(2);
  expect(sent).toEqual([1]);
  expect(vi.getTimerCount()).toBe(1);
  queue.checkPendingRequests = vi.fn(queue.checkPendingRequests);
  vi.advanceTimersByTime(100);
  // At most every 10 ms, while it cannot be sent.
  expect(vi.mocked(queue.checkPendingRequests).mock.calls.length).toBeLessThanOrEqual(10);
  (queue as unknown as { inflight: Map<number, unknown> }).inflight.delete(1);
  vi.advanceTimersByTime(10);
  expect(sent).toEqual([1, 2]);
  expect(vi.getTimerCount()).toBe(0);
});

it('sends a pending request when the broker no longer throttles', () => {
  const queue = newQueue();
  const { sent, push } = requests(queue);
  queue.maybeThrottle(3_000);
  queue.checkPendingRequests();
  expect(vi.getTimerCount()).toBe(0);
  push(1);
  vi.advanceTimersByTime(2_999);
  expect(sent).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(sent).toEqual([1]);
  expect(vi.getTimerCount()).toBe(0);
});
