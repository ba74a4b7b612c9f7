import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '#shared/testing/runs.ts';
import {
  anyWorld,
  type EarningWorld,
  earningOrders,
} from '#shared/testing/worlds/earning-worlds.ts';
import { type EarningCheckpoint, isKept } from './earning-checkpoint.ts';
import { byEventOrder, type EarningOrder } from './earning-order.ts';
import { type EarningState, goesOn, replay } from './earning-state.ts';
import type { Earning } from './program.ts';
import { type EarningStart, earningRun, startAt, usableCheckpoint } from './replay-orders.ts';

type Recorded = Readonly<{ order: EarningOrder; entryNo: number; points: number }>;

const throughJson = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;

/**
 * Orders and refunds of one customer as stores keep them: entries by number, the last state, and
 * checkpoints.
 */
const bookkeeper = (earning: Earning, ordersPerCheckpoint: number) => {
  const recorded = new Map<string, Recorded>();
  let head: EarningStart | undefined;
  let checkpoints: readonly EarningCheckpoint[] = [];

  /**
   * Orders after a checkpoint, found by the numbers of their entries and then by place, as the
   * ledger is read.
   */
  const historyAfter = (after: EarningCheckpoint | undefined): readonly Recorded[] => {
    const last = after?.state.last;
    const place = last && { ...last, placedAt: new Date(last.placedAt) };
    const all = [...recorded.values()].filter(
      ({ order }) => !place || byEventOrder(place, order) < 0,
    );
    const found = all.filter(({ entryNo }) => entryNo > (after?.afterEntry ?? 0));
    // Where nothing is left of an order, it does not matter whether it is found.
    const counts = ({ order }: Recorded) => order.amountMinor > 0;
    expect(found.filter(counts)).toEqual(all.filter(counts));
    return found;
  };

  const rate = (arriving: readonly EarningOrder[], from: Date | undefined) => {
    const checkpoint = checkpoints.findLast(
      ({ state: { last } }) => from && last && new Date(last.placedAt) < from,
    );
    const after = usableCheckpoint(earning, checkpoint);
    const start = from === undefined && head !== undefined ? head : startAt(after);
    const run = earningRun(earning, start, ordersPerCheckpoint);
    const history = from === undefined ? [] : historyAfter(after);
    const all = [
      ...history.map(({ order, entryNo }) => ({ order, entryNo })),
      ...arriving.map((order) => ({ order, entryNo: undefined })),
    ].sort((one, other) => byEventOrder(one.order, other.order));
    const lastEntry = recorded.size;
    for (const { order, entryNo } of all) {
      const ratingOutcome = run.rate(order, entryNo);
      if (ratingOutcome.kind === 'refused') continue;
      const { points } = ratingOutcome.rating;
      recorded.set(order.orderId, { order, entryNo: entryNo ?? recorded.size + 1, points });
    }
    const { checkpoints: taken, ...result } = run.end();
    const kept = checkpoints.filter(({ no }) => no <= start.mark.no && isKept(no, result.mark.no));
    const added = taken.map(({ afterEntry = lastEntry, ...one }) => ({ ...one, afterEntry }));
    head = throughJson(result);
    checkpoints = throughJson([...kept, ...added]);
  };

  return {
    pay: (orders: readonly EarningOrder[]) => {
      const isNext = orders.every((order) => goesOn(earning, head?.state, order));
      const first = orders.toSorted(byEventOrder)[0]?.placedAt;
      rate(orders, isNext ? undefined : first);
    },
    refund: (orderId: string, amountMinor: number) => {
      const before = recorded.get(orderId);
      if (before === undefined) return;
      recorded.set(orderId, { ...before, order: { ...before.order, amountMinor } });
      rate([], before.order.placedAt);
    },
    /** Compares everything with what rating all orders from nothing gives. */
    expectSameAsReplay: () => {
      const orders = [...recorded.values()].map(({ order }) => order);
      const { state, ratings } = replay(earning, orders);
      const paid = new Map([...recorded.values()].map((one) => [one.order.orderId, one.points]));
      expect(paid).toEqual(new Map(ratings.map(({ orderId, points }) => [orderId, points])));
      if (head !== undefined) expect(head.state).toEqual(throughJson<EarningState>(state));
    },
  };
};

/** How the orders of a world arrive, so many at a time, and when their refunds do. */
const anyArrival = (world: EarningWorld) => {
  const orders = earningOrders(world);
  const turns = orders.flatMap((_order, index) => [index, index]);
  return fc.record({
    turns: fc.shuffledSubarray(turns, { minLength: turns.length }),
    batch: fc.integer({ min: 1, max: 3 }),
  });
};

describe('a wallet that is rated from checkpoints', () => {
  it.each([1, 2, 64])(
    'is as if all its orders were rated from nothing, with a checkpoint every %d',
    (every) => {
      const scene = anyWorld(false).chain((world) =>
        fc.tuple(fc.constant(world), anyArrival(world)),
      );
      fc.assert(
        fc.property(scene, ([world, { turns, batch }]) => {
          const { orders, program, timeZone } = world;
          const left = earningOrders(world);
          const books = bookkeeper({ program, timeZone }, every);
          const arrived = new Set<number>();
          let waiting: EarningOrder[] = [];
          const payWaiting = () => {
            if (waiting.length > 0) books.pay(waiting);
            waiting = [];
          };
          const arrive = (index: number) => {
            arrived.add(index);
            waiting.push({ ...left[index]!, amountMinor: orders[index]!.amountMinor });
            if (waiting.length >= batch) payWaiting();
          };
          const refund = (index: number) => {
            payWaiting();
            const { orderId, amountMinor } = left[index]!;
            if (orders[index]!.refundedMinor > 0) books.refund(orderId, amountMinor);
          };
          for (const index of turns) {
            (arrived.has(index) ? refund : arrive)(index);
            books.expectSameAsReplay();
          }
          payWaiting();
          books.expectSameAsReplay();
        }),
        { numRuns: runs(75) },
      );
    },
  );
});

describe('isKept', () => {
  it('keeps few of many checkpoints, and one near any place', () => {
    for (const newest of [1, 2, 3, 63, 64, 1_000, 3_125, 100_000]) {
      const kept = Array.from({ length: newest }, (_, index) => index + 1).filter((no) =>
        isKept(no, newest),
      );
      expect(kept.length).toBeLessThanOrEqual(2 * Math.log2(newest) + 4);
      for (let back = 0; 2 * back < newest; back += 1) {
        const nearest = kept.findLast((no) => no <= newest - back) ?? 0;
        expect(newest - nearest).toBeLessThanOrEqual(2 * back);
      }
    }
  });

  it('never wants back what was dropped before', () => {
    for (let no = 1; no < 300; no += 1) {
      const until = Array.from({ length: 2_000 }, (_, index) => no + index);
      const dropped = until.findIndex((newest) => !isKept(no, newest));
      if (dropped >= 0)
        expect(until.slice(dropped).some((newest) => isKept(no, newest))).toBe(false);
    }
  });
});
