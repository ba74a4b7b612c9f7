import { expect, it } from 'vitest';
import { randomPool } from './random-pool.ts';

it('draws every byte once, in as few calls of the source as the pool allows', () => {
  let filled = 0;
  const draw = randomPool((bytes) => {
    filled += 1;
    new Uint32Array(bytes.buffer).forEach((_zero, index, words) => {
      words[index] = filled * 1_000_000 + index;
    });
  });
  const drawn = Array.from({ length: 2_000 }, () => draw(4));
  expect(filled).toBe(2);
  expect(draw(10_000)).toHaveLength(10_000);
  const words = drawn.map((bytes) => new DataView(bytes.slice().buffer).getUint32(0, true));
  expect(new Set(words).size).toBe(2_000);
});
