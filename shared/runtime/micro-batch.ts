import { assert } from '#shared/domain/assert.ts';
import { Unavailable } from '#shared/domain/errors.ts';

type Options<Item, Result> = Readonly<{
  /** The most items one flush gets. */
  itemsMax: number;
  /** Flushes under way at once. */
  flushesMax: number;
  /** Items that may wait for a flush; beyond it callers are sent away with Unavailable and come again. */
  waitingMax: number;
  /** Handles items together and returns one result each, in order. It must be idempotent. */
  flush: (items: readonly Item[]) => Promise<readonly Result[]>;
}>;

type Waiting<Item, Result> = Readonly<{
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}>;

/**
 * Joins callers that are in flight at the same time into one flush and gives each its own result.
 *
 * There is no timer: an idle function flushes at once and adds no latency, a busy one takes all that arrived during the
 * last flush and grows its batches by itself. Beside a flush under way another one starts only for half a batch or more:
 * small ones cost more than they hasten. Nothing waits longer than its caller does, so shutdown needs no
 * drain of its own and an acknowledged item is a flushed one.
 */
export const createMicroBatch = <Item, Result>(options: Options<Item, Result>) => {
  const { itemsMax, flushesMax, waitingMax } = options;
  let waiting: Waiting<Item, Result>[] = [];
  let flushing = 0;
  let scheduled = false;

  const isWorthAFlush = (): boolean =>
    flushing === 0 ? waiting.length > 0 : flushing < flushesMax && waiting.length >= itemsMax / 2;

  const schedule = (): void => {
    if (scheduled || !isWorthAFlush()) return;
    scheduled = true;
    // One turn of the event loop: requests that were read from their sockets together are flushed together.
    setImmediate(() => {
      scheduled = false;
      void run();
    });
  };

  const run = async (): Promise<void> => {
    const batch = waiting.slice(0, itemsMax);
    waiting = waiting.slice(itemsMax);
    flushing += 1;
    schedule();
    await settle(batch, options.flush);
    flushing -= 1;
    schedule();
  };

  return {
    /** Resolves with the item's own result once its batch is flushed. */
    add: (item: Item): Promise<Result> =>
      new Promise((resolve, reject) => {
        if (waiting.length >= waitingMax) {
          reject(new Unavailable('self', `More than ${waitingMax} items wait`));
          return;
        }
        waiting.push({ item, resolve, reject });
        schedule();
      }),
  };
};

/** Settles every item of a batch; one that breaks the flush is found by flushing each alone, so it fails alone. */
const settle = async <Item, Result>(
  batch: readonly Waiting<Item, Result>[],
  flush: Options<Item, Result>['flush'],
): Promise<void> => {
  try {
    const results = await flush(batch.map(({ item }) => item));
    assert(results.length === batch.length, 'a flush returns one result per item');
    batch.forEach(({ resolve }, index) => resolve(results[index] as Result));
  } catch (error) {
    const hopeless = batch.length === 1 || error instanceof Unavailable;
    if (hopeless) batch.forEach(({ reject }) => reject(error));
    else await settleEachAlone(batch, flush);
  }
};

const settleEachAlone = async <Item, Result>(
  batch: readonly Waiting<Item, Result>[],
  flush: Options<Item, Result>['flush'],
): Promise<void> => {
  for (const waiting of batch) await settle([waiting], flush);
};
