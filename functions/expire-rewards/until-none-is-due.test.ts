import { expect, it } from 'vitest';
import { untilNoneIsDue } from './until-none-is-due.ts';

const runs = async (more: readonly boolean[], isOver: (runs: number) => boolean) => {
  let count = 0;
  const work = () => {
    count += 1;
    return Promise.resolve(more[count - 1] ?? false);
  };
  await untilNoneIsDue({ isOver: () => isOver(count) }, work);
  return count;
};

it('works on until there is no more to do', async () => {
  expect(await runs([false], () => false)).toBe(1);
  expect(await runs([true, true, false, true], () => false)).toBe(3);
});

it('starts nothing when the shift is over', async () => {
  expect(await runs([true, true, true, true, true], (count) => count === 3)).toBe(3);
  expect(await runs([true], () => true)).toBe(0);
});
