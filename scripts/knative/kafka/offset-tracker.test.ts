import { assert, nat, property, shuffledSubarray, uniqueArray } from 'fast-check';
import { expect, test } from 'vitest';
import { OffsetTracker } from './offset-tracker.ts';

test('the position is the first record that has not ended, whatever the order of ends', () => {
  const ascending = uniqueArray(nat(5_000), { minLength: 1, maxLength: 200 }).map((offsets) =>
    offsets.sort((a, b) => a - b),
  );
  const runs = ascending.chain((offsets) =>
    shuffledSubarray(offsets, { minLength: 1 }).map((ended) => ({ offsets, ended })),
  );
  assert(
    property(runs, ({ offsets, ended }) => {
      const tracker = new OffsetTracker(0);
      const ends = new Map(offsets.map((offset) => [offset, tracker.begin(offset)]));
      const open = new Set(offsets);
      for (const offset of ended) {
        ends.get(offset)?.();
        open.delete(offset);
        const firstGap = offsets.find((candidate) => open.has(candidate));
        const before = offsets.filter((candidate) => candidate < (firstGap ?? Infinity));
        expect(tracker.position).toBe(before.length === 0 ? 0 : before.at(-1)! + 1);
      }
    }),
  );
});

test('it starts at its first position and forgets what has ended', () => {
  const tracker = new OffsetTracker(7);
  expect(tracker.position).toBe(7);
  for (let offset = 7; offset < 10_007; offset += 1) tracker.begin(offset)();
  expect(tracker.position).toBe(10_007);
});
