import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Unavailable } from '#shared/domain/errors.ts';
import { createMicroBatch } from './micro-batch.ts';

const limits = { itemsMax: 10, flushesMax: 1, waitingMax: 100 };

/** A flush that waits until it is released, and records its batch. */
const gatedFlush = () => {
  const batches: number[][] = [];
  const gates: (() => void)[] = [];
  return {
    batches,
    open: () => gates.shift()?.(),
    flush: async (items: readonly number[]) => {
      batches.push([...items]);
      await new Promise<void>((resolve) => gates.push(resolve));
      return items.map((item) => item * 2);
    },
  };
};

describe('createMicroBatch', () => {
  it('joins what arrives in one turn and gives each its own result', async () => {
    const seen: number[] = [];
    const { add } = createMicroBatch<number, number>({
      ...limits,
      flush: (items) => {
        seen.push(items.length);
        return Promise.resolve(items.map((item) => item + 1));
      },
    });
    expect(await Promise.all([1, 2, 3].map((item) => add(item)))).toEqual([2, 3, 4]);
    expect(seen).toEqual([3]);
  });

  it('starts no more flushes than allowed and takes what arrived meanwhile in the next', async () => {
    const gated = gatedFlush();
    const { add } = createMicroBatch<number, number>({ ...limits, flush: gated.flush });
    const first = add(1);
    await expect.poll(() => gated.batches).toEqual([[1]]);
    const rest = [2, 3, 4].map((item) => add(item));
    gated.open();
    await first;
    await expect.poll(() => gated.batches).toEqual([[1], [2, 3, 4]]);
    gated.open();
    expect(await Promise.all(rest)).toEqual([4, 6, 8]);
  });

  it('starts another flush during one in progress only for half a batch or more', async () => {
    const gated = gatedFlush();
    const { add } = createMicroBatch<number, number>({
      itemsMax: 6,
      flushesMax: 2,
      waitingMax: 100,
      flush: gated.flush,
    });
    const results = [add(1)];
    await expect.poll(() => gated.batches).toEqual([[1]]);
    results.push(add(2), add(3));
    await new Promise((resolve) => setImmediate(resolve));
    expect(gated.batches).toEqual([[1]]);
    results.push(add(4));
    await expect.poll(() => gated.batches).toEqual([[1], [2, 3, 4]]);
    gated.open();
    gated.open();
    expect(await Promise.all(results)).toEqual([2, 4, 6, 8]);
  });

  it('gives each owner its part of a batch, and keeps the order of its items', async () => {
    const batches: string[][] = [];
    const gate = Promise.withResolvers<undefined>();
    const { add } = createMicroBatch<string, string>({
      ...limits,
      ownerOf: (item) => item.split(' ')[0] ?? '',
      flush: async (items) => {
        batches.push([...items]);
        await gate.promise;
        return items;
      },
    });
    const results = [add('first')];
    await expect.poll(() => batches).toHaveLength(1);
    const ofCelebrity = Array.from({ length: 80 }, (_, index) => `celebrity ${index}`);
    const ofOthers = ['a 0', 'b 0', 'a 1', 'c 0'];
    results.push(...[...ofCelebrity, ...ofOthers].map((item) => add(item)));
    gate.resolve(undefined);
    await Promise.all(results);
    const [, next = [], ...rest] = batches;
    expect(next).toHaveLength(limits.itemsMax);
    expect(next.filter((item) => !item.startsWith('celebrity'))).toEqual([
      'a 0',
      'b 0',
      'c 0',
      'a 1',
    ]);
    expect([next, ...rest].flat().filter((item) => item.startsWith('celebrity'))).toEqual(
      ofCelebrity,
    );
  });

  it('starts the next flush once the one before has committed', async () => {
    const gated = gatedFlush();
    const { add } = createMicroBatch<number, number>({
      ...limits,
      flush: (items, committed) => {
        committed();
        return gated.flush(items);
      },
    });
    const first = add(1);
    await expect.poll(() => gated.batches).toEqual([[1]]);
    const second = add(2);
    await expect.poll(() => gated.batches).toEqual([[1], [2]]);
    gated.open();
    gated.open();
    expect(await Promise.all([first, second])).toEqual([2, 4]);
  });

  it('lets an item that breaks the flush fail alone', async () => {
    const { add } = createMicroBatch<number, number>({
      ...limits,
      flush: (items) =>
        items.includes(13) ? Promise.reject(new Error('unlucky')) : Promise.resolve([...items]),
    });
    const settled = await Promise.allSettled([1, 13, 3].map((item) => add(item)));
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('fails all items at once while a dependency is unavailable', async () => {
    let flushes = 0;
    const { add } = createMicroBatch<number, number>({
      ...limits,
      flush: () => {
        flushes += 1;
        return Promise.reject(new Unavailable('postgres', 'down'));
      },
    });
    const settled = await Promise.allSettled([1, 2, 3].map((item) => add(item)));
    expect(settled.every(({ status }) => status === 'rejected')).toBe(true);
    expect(flushes).toBe(1);
  });

  it('ends with the first item that meets an outage when it flushes each alone', async () => {
    const flushed: number[][] = [];
    const { add } = createMicroBatch<number, number>({
      ...limits,
      flush: (items) => {
        flushed.push([...items]);
        const isOutage = items[0] === 2;
        return Promise.reject(isOutage ? new Unavailable('postgres', 'down') : new Error('bug'));
      },
    });
    const settled = await Promise.allSettled([1, 2, 3, 4].map((item) => add(item)));
    expect(flushed).toEqual([[1, 2, 3, 4], [1], [2]]);
    expect(settled.map((it) => ((it as PromiseRejectedResult).reason as Error).name)).toEqual([
      'Error',
      'Unavailable',
      'Unavailable',
      'Unavailable',
    ]);
  });

  it('gives the place of a flush that hangs to the next one', async () => {
    const flushed: number[][] = [];
    const { add } = createMicroBatch<number, number>({
      ...limits,
      flushMsMax: 20,
      flush: (items) => {
        flushed.push([...items]);
        return items.includes(1) ? new Promise(() => undefined) : Promise.resolve([...items]);
      },
    });
    await expect(add(1)).rejects.toThrow(Unavailable);
    expect(await add(2)).toBe(2);
    expect(flushed).toEqual([[1], [2]]);
  });

  it('drops an item whose caller left before its flush began', async () => {
    const gated = gatedFlush();
    const { add } = createMicroBatch<number, number>({ ...limits, flush: gated.flush });
    const first = add(1);
    await expect.poll(() => gated.batches).toEqual([[1]]);
    const abandoned = expect(add(2, () => true)).rejects.toMatchObject({ status: 499 });
    const wanted = add(3);
    gated.open();
    await first;
    await expect.poll(() => gated.batches).toEqual([[1], [3]]);
    gated.open();
    await Promise.all([abandoned, wanted]);
  });

  it('rejects callers when too many wait', async () => {
    const gated = gatedFlush();
    const { add } = createMicroBatch<number, number>({
      ...limits,
      waitingMax: 2,
      flush: gated.flush,
    });
    const first = add(1);
    await expect.poll(() => gated.batches).toHaveLength(1);
    const waiting = [add(2), add(3)];
    await expect(add(4)).rejects.toThrow(Unavailable);
    gated.open();
    await first;
    await expect.poll(() => gated.batches).toHaveLength(2);
    gated.open();
    await Promise.all(waiting);
  });

  it('answers every item with its own result, whatever the sizes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer(), { maxLength: 60 }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 3 }),
        async (items, itemsMax, flushesMax) => {
          const { add } = createMicroBatch<number, string>({
            itemsMax,
            flushesMax,
            waitingMax: 100,
            flush: (batch) => Promise.resolve(batch.map(String)),
          });
          expect(await Promise.all(items.map((item) => add(item)))).toEqual(items.map(String));
        },
      ),
    );
  });
});
