import { expect, test } from 'vitest';
import type { RunningSource } from '../statistics.ts';
import { RunningSources } from './running-sources.ts';

/** A source of a topic with so many records in flight at the first checks. */
const sourceOf = (
  topic: string,
  inFlight: number[] = [],
  delivered: () => number = () => 0,
): RunningSource => ({
  name: topic,
  consumers: 1,
  join: () => Promise.resolve(),
  leave: () => Promise.resolve(),
  inFlight: () => inFlight.shift() ?? 0,
  statistics: async (endsOf) => {
    await endsOf(topic);
    return { delivered: delivered(), retried: 0, deadLettered: 0, lost: 0, inFlight: 0, lag: 0 };
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
  // Idle twice in a row, after a busy source was checked three times.
  expect(lookedUp).toEqual(['orders', 'broker', 'orders', 'broker']);
});

test('waits as long as events end, and gives up when none does', async () => {
  let delivered = 0;
  const looks = Array.from({ length: 20 }, () => 1);
  const busy = sourceOf('orders', [...looks], () => (delivered += 1));
  await new RunningSources([busy], () => Promise.resolve([])).drained(0);
  const stuck = sourceOf('orders', [...looks]);
  await expect(new RunningSources([stuck], () => Promise.resolve([])).drained(0)).rejects.toThrow(
    'no event ended',
  );
});
