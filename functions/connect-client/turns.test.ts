import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createTurns } from './turns.ts';

it('lets a few continue in each turn of the event loop, in their order, and one alone at once', async () => {
  const turn = createTurns(4);
  const passed: number[] = [];
  const come = async (number: number) => {
    await turn();
    passed.push(number);
  };
  const numbers = Array.from({ length: 10 }, (_, number) => number);
  const all = numbers.map(come);
  await Promise.resolve();
  expect(passed).toEqual([0, 1, 2, 3]);
  await nextTurn();
  expect(passed).toHaveLength(8);
  await Promise.all(all);
  expect(passed).toEqual(numbers);

  await nextTurn();
  void come(10);
  await Promise.resolve();
  expect(passed.at(-1)).toBe(10);
});
