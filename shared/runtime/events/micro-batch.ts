import { assert } from '#shared/domain/assert.ts';
import { Unavailable } from '#shared/domain/errors.ts';
import { callerLeft } from '../caller-left.ts';

type Options<Item, Result> = Readonly<{
  /** The most items one flush gets. */
  itemsMax: number;
  /** Concurrent flushes. */
  flushesMax: number;
  /** Items that may wait for a flush; further callers get Unavailable and retry. */
  waitingMax: number;
  /**
   * How long a flush may take before its callers get Unavailable and another one may start in its
   * place.
   */
  flushMsMax?: number;
  /** The owner of an item: if more items wait than a batch takes, owners get equal shares of it. */
  ownerOf?: (item: Item) => string;
  flush: Flush<Item, Result>;
}>;

/**
 * Handles items together and returns one result each, in order. It must be idempotent. Once
 * `committed` is called, the next flush may begin while this one finishes.
 */
type Flush<Item, Result> = (
  items: readonly Item[],
  committed: () => void,
) => Promise<readonly Result[]>;

type Waiting<Item, Result> = Readonly<{
  item: Item;
  isAbandoned: () => boolean;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}>;

/**
 * Joins callers that are in flight at the same time into one flush and gives each its own result.
 *
 * There is no timer: an idle function flushes at once and adds no latency; a busy one takes
 * everything that arrived during the last flush, so its batches grow with the load. While a flush
 * is in progress, another one starts only for half a batch or more: small ones cost more than they
 * save. What follows a commit, such as publishing, holds up no other flush. Nothing waits longer
 * than its caller does, so shutdown needs no drain of its own and an acknowledged item is a flushed
 * one. An item whose caller left before its flush began is dropped.
 *
 * Owners take turns: of those that wait when a batch begins, each gets a place before any gets its
 * next one. So an owner with one item waits for one batch, however many items another owner has,
 * and items of the same owner stay in order.
 */
export const createMicroBatch = <Item, Result>(options: Options<Item, Result>) => {
  const { itemsMax, flushesMax, waitingMax, ownerOf = () => '' } = options;
  const flush = within(options.flushMsMax, options.flush);
  let waiting: Waiting<Item, Result>[] = [];
  let flushing = 0;
  let scheduled = false;

  const isReadyToFlush = (): boolean =>
    flushing === 0 ? waiting.length > 0 : flushing < flushesMax && waiting.length >= itemsMax / 2;

  const schedule = (): void => {
    if (scheduled || !isReadyToFlush()) return;
    scheduled = true;
    // One turn of the event loop: requests that were read from their sockets together are flushed
    // together.
    setImmediate(() => {
      scheduled = false;
      void run();
    });
  };

  const run = async (): Promise<void> => {
    const wanted = waiting.filter(({ isAbandoned, reject }) => {
      if (!isAbandoned()) return true;
      reject(callerLeft());
      return false;
    });
    const inTurn = wanted.length > itemsMax ? takingTurns(wanted, ownerOf) : wanted;
    const batch = inTurn.slice(0, itemsMax);
    waiting = inTurn.slice(itemsMax);
    flushing += 1;
    schedule();
    let isFlushing = true;
    const committed = () => {
      if (!isFlushing) return;
      isFlushing = false;
      flushing -= 1;
      schedule();
    };
    if (batch.length > 0) await settle(batch, flush, committed);
    committed();
  };

  return {
    /**
     * Resolves with the item's own result once its batch is flushed; `isAbandoned` returns whether
     * the caller no longer waits.
     */
    add: (item: Item, isAbandoned = () => false): Promise<Result> =>
      new Promise((resolve, reject) => {
        if (waiting.length >= waitingMax) {
          reject(new Unavailable('self', `More than ${waitingMax} items are waiting`));
          return;
        }
        waiting.push({ item, isAbandoned, resolve, reject });
        schedule();
      }),
  };
};

/** Items in the order in which their owners take turns: first the oldest of each, and so on. */
const takingTurns = <Item, Result>(
  waiting: readonly Waiting<Item, Result>[],
  ownerOf: (item: Item) => string,
): readonly Waiting<Item, Result>[] =>
  [...Map.groupBy(waiting, ({ item }) => ownerOf(item)).values()]
    .flatMap((own) => own.map((each, turn) => ({ each, turn })))
    .sort((one, other) => one.turn - other.turn)
    .map(({ each }) => each);

/**
 * Settles every item of a batch. If a flush fails, each item is flushed alone, so that only the
 * faulty one fails.
 */
const settle = async <Item, Result>(
  batch: readonly Waiting<Item, Result>[],
  flush: Flush<Item, Result>,
  committed: () => void,
): Promise<void> => {
  try {
    const results = await flush(
      batch.map(({ item }) => item),
      committed,
    );
    assert(results.length === batch.length, 'a flush returns one result per item');
    batch.forEach(({ resolve }, index) => resolve(results[index] as Result));
  } catch (error) {
    const hopeless = batch.length === 1 || error instanceof Unavailable;
    if (hopeless) batch.forEach(({ reject }) => reject(error));
    else await settleEachAlone(batch, flush);
  }
};

/** Stops at the first outage, since no item causes it and the others would fail as well. */
const settleEachAlone = async <Item, Result>(
  [first, ...others]: readonly Waiting<Item, Result>[],
  flush: Flush<Item, Result>,
): Promise<void> => {
  if (first === undefined) return;
  const outage = await settleAlone(first, flush);
  if (outage === undefined) await settleEachAlone(others, flush);
  else others.forEach(({ reject }) => reject(outage));
};

/** Returns the outage that it met, if any. */
const settleAlone = async <Item, Result>(
  { item, isAbandoned, resolve, reject }: Waiting<Item, Result>,
  flush: Flush<Item, Result>,
): Promise<Unavailable | undefined> => {
  try {
    if (isAbandoned()) throw callerLeft();
    const [result] = await flush([item], () => undefined);
    resolve(result as Result);
    return undefined;
  } catch (error) {
    reject(error);
    return error instanceof Unavailable ? error : undefined;
  }
};

/** The flush with a timeout: one that hangs gives up its place, and a later result is ignored. */
const within = <Item, Result>(
  flushMsMax: number | undefined,
  flush: Flush<Item, Result>,
): Flush<Item, Result> => {
  if (flushMsMax === undefined) return flush;
  return (items, committed) => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Result[]>();
    const giveUp = () => reject(new Unavailable('self', `A flush took more than ${flushMsMax} ms`));
    const timer = setTimeout(giveUp, flushMsMax);
    void flush(items, committed)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
    return promise;
  };
};
