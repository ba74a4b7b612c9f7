import { expect, test } from 'vitest';
import { RunningSources } from './running-sources.ts';
import type { RunningSource } from './statistics.ts';

/** A source of a topic with so many records in flight the first times that anybody looks. */
const sourceOf = (topic: string, inFlight: number[] = []): RunningSource => ({
  name: topic,
  consumers: 1,
  join: () => Promise.resolve(),
  leave: () => Promise.resolve(),
  inFlight: () => inFlight.shift() ?? 0,
  statistics: async (endsOf) => {
    await endsOf(topic);
    return { delivered: 0, retried: 0, deadLettered: 0, lost: 0, inFlight: 0, lag: 0 };
  },
});

test('the end of a topic is looked up once however many sources read it, and while nothing is in flight', async () => {
  const lookedUp: string[] = [];
  const busy = sourceOf('orders', [1, 1, 1]);
  const sources = new RunningSources([busy, sourceOf('broker'), sourceOf('broker')], (topic) => {
    lookedUp.push(topic);
    return Promise.resolve([]);
  });
  await sources.drained(60_000);
  // Idle twice in a row, after three looks at a busy source.
  expect(lookedUp).toEqual(['orders', 'broker', 'orders', 'broker']);
});
