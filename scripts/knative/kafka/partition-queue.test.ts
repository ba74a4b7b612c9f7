import { expect, test } from 'vitest';
import { PartitionQueue } from './partition-queue.ts';

test('tasks run one after the other, in order', async () => {
  const queue = new PartitionQueue(10);
  const seen: string[] = [];
  const done = Promise.withResolvers<true>();
  for (const name of ['a', 'b', 'c']) {
    queue.add(async () => {
      seen.push(`${name} begins`);
      await Promise.resolve();
      seen.push(`${name} ends`);
      if (name === 'c') done.resolve(true);
    });
  }
  await done.promise;
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('the supply is paused while too many wait, and resumed once half of them are through', async () => {
  const queue = new PartitionQueue(4);
  const resumed = Promise.withResolvers<true>();
  const tasks = Array.from({ length: 5 }, () => Promise.withResolvers<undefined>());
  for (const task of tasks) queue.add(() => task.promise);
  let isPaused = false;
  queue.throttle(() => {
    isPaused = true;
    return () => resumed.resolve(true);
  });
  expect(isPaused).toBe(true);
  for (const task of tasks.slice(0, 3)) task.resolve(undefined);
  expect(await resumed.promise).toBe(true);
});

test('a dropped queue begins nothing more and resumes its supply', async () => {
  const queue = new PartitionQueue(0);
  const began: string[] = [];
  const first = Promise.withResolvers<undefined>();
  queue.add(() => first.promise);
  queue.add(() => Promise.resolve(void began.push('second')));
  let isResumed = false;
  queue.throttle(() => () => {
    isResumed = true;
  });
  queue.drop();
  first.resolve(undefined);
  await new Promise(setImmediate);
  expect(began).toEqual([]);
  expect(isResumed).toBe(true);
});
