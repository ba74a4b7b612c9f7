import {
  type CheckpointMark,
  defaultOrdersPerCheckpoint,
  type EarningCheckpoint,
  isKept,
  noCheckpoints,
} from './earning-checkpoint.ts';
import { byEventOrder, type EarningOrder, type EventPlace } from './earning-order.ts';
import { advance, canGoOn, type EarningState, emptyState } from './earning-state.ts';
import type { WalletView } from './earning-view.ts';
import { type Earning, toEarningOrder } from './program.ts';
import type { Rating } from './rating/rate-order.ts';
import type { RatingOutcome } from './rating/rating-outcome.ts';
import type { FromHistory, NumberedOrder, RecordedOrder } from './recorded-order.ts';
import type { Correction, Trigger } from './refunds/correction.ts';

/** A recorded order, and what it is worth now. */
export type RatedOrder = Readonly<{ order: RecordedOrder; points: number }>;

/** The state of a wallet after its orders were replayed. */
export type Replayed = Readonly<{
  /** `keptTo`: the checkpoints up to this number stay; undefined: all do. */
  earning: EarningResult & Readonly<{ keptTo: number | undefined }>;
  /** Of the new orders, by order id. */
  ratings: ReadonlyMap<string, Rating>;
  /** Recorded orders that earn other points than they were paid. */
  changed: readonly RatedOrder[];
}>;

type Terms = Readonly<{
  earning: Earning;
  orders: readonly EarningOrder[];
  /**
   * Whether recorded orders are rated again, since the state of the wallet does not lead to the
   * new ones.
   */
  isLate: boolean;
  ordersPerCheckpoint?: number | undefined;
}>;

/**
 * Rates new orders of a wallet. If they are late, it rates them together with the recorded ones
 * since the last checkpoint. Keeps only what changes.
 */
export const replayOrders = (
  view: WalletView,
  { earning, orders, isLate, ordersPerCheckpoint }: Terms,
): FromHistory<Replayed> => {
  const { after, start, keptTo } = isLate ? fromCheckpoint(view, earning) : fromLast(view);
  const run = earningRun(earning, start, ordersPerCheckpoint);
  const arriving = orders.toSorted(byEventOrder);
  const ratings = new Map<string, Rating>();
  const changed: RatedOrder[] = [];
  const rateArriving = (until?: EventPlace) => {
    const isNext = (order: EarningOrder) => until === undefined || byEventOrder(order, until) < 0;
    for (let [order] = arriving; order !== undefined && isNext(order); [order] = arriving) {
      const ratingOutcome = run.rate(order);
      if (ratingOutcome.kind === 'rated') ratings.set(order.orderId, ratingOutcome.rating);
      arriving.shift();
    }
  };
  const take = (order: NumberedOrder): void => {
    rateArriving(order);
    const ratingOutcome = run.rate(toEarningOrder(order, view), order.entryNo);
    if (ratingOutcome.kind !== 'rated' || ratingOutcome.rating.points === order.paid) return;
    changed.push({ order, points: ratingOutcome.rating.points });
  };
  return {
    history: isLate ? { after, take } : undefined,
    settle: () => {
      rateArriving();
      return { earning: { ...run.end(), keptTo }, ratings, changed };
    },
  };
};

type Beginning = Readonly<{
  after?: EarningCheckpoint | undefined;
  start: EarningStart;
  keptTo: number | undefined;
}>;

const fromCheckpoint = (view: WalletView, earning: Earning): Beginning => {
  const after = usableCheckpoint(earning, view.checkpoint) ?? view.border;
  const isNew = view.balance.version === 0;
  return { after, start: startAt(after), keptTo: isNew ? undefined : (after?.no ?? 0) };
};

/**
 * A version without checkpoints leaves no mark. The stored checkpoints may then be wrong, so they
 * are computed again.
 */
const fromLast = ({ earning: state = emptyState, mark }: WalletView): Beginning => ({
  start: { state, mark: mark ?? noCheckpoints },
  keptTo: mark === undefined ? 0 : undefined,
});

/** The corrections of recorded orders that earn other points than they were paid. */
export const revisions = (
  occasion: Trigger,
  changed: readonly RatedOrder[],
): readonly Correction[] =>
  changed.map(({ order, points }) => ({
    order,
    points: points - order.paid,
    kind: 'REVISE',
    causeId: `${order.orderId} ${occasion.name}`,
    occasion,
  }));

/** A state to rate further orders from. */
export type EarningStart = Readonly<{ state: EarningState; mark: CheckpointMark }>;

/** Where the orders after a checkpoint are rated from; undefined: all orders are rated again. */
export const startAt = (checkpoint: EarningCheckpoint | undefined): EarningStart =>
  checkpoint === undefined
    ? { state: emptyState, mark: noCheckpoints }
    : { state: checkpoint.state, mark: { no: checkpoint.no, orders: 0 } };

/** The checkpoint, unless the program has changed in a way that makes it useless. */
export const usableCheckpoint = (
  earning: Earning,
  checkpoint: EarningCheckpoint | undefined,
): EarningCheckpoint | undefined =>
  checkpoint !== undefined && canGoOn(earning, checkpoint.state) ? checkpoint : undefined;

/** The state after some orders, with the checkpoints that replace all later than its start. */
export type EarningResult = EarningStart & Readonly<{ checkpoints: readonly EarningCheckpoint[] }>;

/** Orders of one wallet, rated one after the other. */
type EarningRun = Readonly<{
  /**
   * Rates the next order in the order of events; `entryNo` is that of its ledger entry, if it is
   * recorded already.
   */
  rate: (order: EarningOrder, entryNo?: number) => RatingOutcome;
  end: () => EarningResult;
}>;

type Taken = Omit<EarningCheckpoint, 'afterEntry'> & { lowestAfter: number };

/**
 * Rates orders from a start on and takes checkpoints at a fixed distance. Needs memory for a few
 * checkpoints, not for the orders.
 */
export const earningRun = (
  earning: Earning,
  start: EarningStart,
  ordersPerCheckpoint = defaultOrdersPerCheckpoint,
): EarningRun => {
  let { state, mark } = start;
  let taken: readonly Taken[] = [];

  const include = (next: EarningState) => {
    state = next;
    mark = { ...mark, orders: mark.orders + 1 };
    if (mark.orders < ordersPerCheckpoint) return;
    mark = { no: mark.no + 1, orders: 0 };
    const kept = taken.filter(({ no }) => isKept(no, mark.no));
    taken = [...kept, { no: mark.no, state, lowestAfter: Number.POSITIVE_INFINITY }];
  };

  return {
    rate: (order, entryNo = Number.POSITIVE_INFINITY) => {
      for (const checkpoint of taken)
        checkpoint.lowestAfter = Math.min(checkpoint.lowestAfter, entryNo);
      const next = advance(earning, state, order);
      if (next.state !== state) include(next.state);
      return next.ratingOutcome;
    },
    end: () => ({
      state,
      mark,
      checkpoints: taken.map(({ lowestAfter, ...checkpoint }) => ({
        ...checkpoint,
        afterEntry: Number.isFinite(lowestAfter) ? lowestAfter - 1 : undefined,
      })),
    }),
  };
};
