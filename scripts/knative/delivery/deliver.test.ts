import { expect, test } from 'vitest';
import type { RoutedEvent } from '../events/routed-event.ts';
import type { Answer } from './answer.ts';
import { deliver } from './deliver.ts';
import type { Target } from './target.ts';

const event: RoutedEvent = { attributes: { id: 'e-1' }, data: Buffer.from('{}') };

/** A target that gives these answers in turn, then always the last one. */
const answering = (...answers: Answer[]) => {
  const received: RoutedEvent[] = [];
  const target: Target = {
    url: 'http://function.default.svc.cluster.local/',
    send: (sent) => {
      received.push(sent);
      return Promise.resolve(answers[Math.min(received.length, answers.length) - 1] ?? {});
    },
  };
  return { target, received };
};

const routeTo = (target: Target, deadLetterSink?: Target) => ({
  target,
  deadLetterSink,
  policy: { retries: 2, backoffMs: () => 1, timeoutMs: 1_000 },
  counts: { delivered: 0, retried: 0, deadLettered: 0, lost: 0 },
  stopping: new AbortController().signal,
});

test('an event that fails for a while is tried again until it is delivered', async () => {
  const { target, received } = answering({ status: 503 }, {}, { status: 204 });
  const route = routeTo(target);
  await deliver(event, route);
  expect(received).toHaveLength(3);
  expect(route.counts).toEqual({ delivered: 1, retried: 2, deadLettered: 0, lost: 0 });
});

test('an event that is refused is dead-lettered after one attempt, with the answer', async () => {
  const { target, received } = answering({
    status: 400,
    headers: { 'kne-reason': 'amount', 'kne-not_valid': 'x' },
    body: Buffer.from('x'.repeat(2_000)),
  });
  const sink = answering({ status: 202 });
  const route = routeTo(target, sink.target);
  await deliver(event, route);
  expect(received).toHaveLength(1);
  expect(route.counts).toEqual({ delivered: 0, retried: 0, deadLettered: 1, lost: 0 });
  expect(sink.received).toEqual([
    {
      data: event.data,
      attributes: {
        id: 'e-1',
        knativeerrordest: target.url,
        knativeerrorcode: '400',
        knativeerrordata: Buffer.from('x'.repeat(1024)).toString('base64'),
        reason: 'amount',
      },
    },
  ]);
});

test('without a response, the dead letter names only its destination', async () => {
  const { target, received } = answering({});
  const sink = answering({ status: 202 });
  await deliver(event, routeTo(target, sink.target));
  expect(received).toHaveLength(3);
  expect(sink.received[0]?.attributes).toEqual({ id: 'e-1', knativeerrordest: target.url });
});

test('the dead-letter sink is tried as often as the target; without one the event is lost', async () => {
  const { target } = answering({ status: 400 });
  const sink = answering({ status: 503 });
  const route = routeTo(target, sink.target);
  await deliver(event, route);
  expect(sink.received).toHaveLength(3);
  expect(route.counts.lost).toBe(1);

  const unprotected = routeTo(target);
  await deliver(event, unprotected);
  expect(unprotected.counts.lost).toBe(1);
});

test('an accepted event whose answer cannot be used is dead-lettered without a retry', async () => {
  const { target, received } = answering({ status: 200 });
  const sink = answering({ status: 202 });
  await deliver(event, {
    ...routeTo(target, sink.target),
    onAccepted: () => Promise.resolve(false),
  });
  expect(received).toHaveLength(1);
  expect(sink.received).toHaveLength(1);
});

test('a source that stops does not wait for a retry, and the event is not finished', async () => {
  const stopping = new AbortController();
  const { target } = answering({ status: 503 });
  const route = {
    ...routeTo(target),
    policy: { retries: 1, backoffMs: () => 3_600_000, timeoutMs: 1 },
    stopping: stopping.signal,
  };
  const delivery = deliver(event, route);
  stopping.abort();
  await expect(delivery).rejects.toThrow();
  expect(route.counts).toEqual({ delivered: 0, retried: 0, deadLettered: 0, lost: 0 });
});
