import { expect, test } from 'vitest';
import { PartitionOffsets } from './partition-offsets.ts';

const first = { name: 'first' };
const second = { name: 'second' };
const starts = [0, 1].map((partition) => ({ topic: 'orders', partition, offset: 5, isNew: true }));
const ends = [0, 1].map((partition) => ({ partition, high: '10' }));

test('records that a member ends after it lost their partition do not count', () => {
  const offsets = new PartitionOffsets(starts);
  offsets.assign(first, { orders: [0, 1] });
  const endFive = offsets.trackerOf(first, 'orders', 0).begin(5);
  offsets.assign(second, { orders: [0] });
  endFive();
  offsets.trackerOf(first, 'orders', 0).begin(6)();
  expect(offsets.lag('orders', ends)).toBe(10);
  expect(offsets.uncommitted(first)).toEqual([{ topic: 'orders', partition: 1, offset: '5' }]);
  offsets.trackerOf(second, 'orders', 0).begin(5)();
  expect(offsets.uncommitted(second)).toEqual([{ topic: 'orders', partition: 0, offset: '6' }]);
  expect(offsets.lag('orders', ends)).toBe(9);
});

test('what was not committed when a member ended is delivered again', () => {
  const offsets = new PartitionOffsets(starts);
  offsets.assign(first, { orders: [0] });
  const tracker = offsets.trackerOf(first, 'orders', 0);
  for (const offset of [5, 6, 7]) tracker.begin(offset)();
  offsets.markCommitted([{ topic: 'orders', partition: 0, offset: '6' }]);
  offsets.release(first);
  expect(offsets.lag('orders', ends)).toBe(4 + 5);
  expect(offsets.uncommitted(first)).toEqual([]);
});

test('what Kafka has committed has ended, whichever member committed it, and an older answer changes nothing', () => {
  const offsets = new PartitionOffsets(starts);
  offsets.assign(first, { orders: [0] });
  for (const offset of ['10', '7', '-1']) {
    offsets.markCommitted([{ topic: 'orders', partition: 0, offset }]);
  }
  expect(offsets.lag('orders', ends)).toBe(5);
  expect(offsets.neverCommitted(first)).toEqual([]);
});
