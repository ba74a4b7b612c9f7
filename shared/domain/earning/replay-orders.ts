import type { AccountView } from './account-view.ts';
import type { Correction, Occasion } from './correction.ts';
import { emptyAccount } from './earning-account.ts';
import { type EarningCheckpoint, noCheckpoints } from './earning-checkpoint.ts';
import { byEventOrder, type EarningOrder, type EventPlace } from './earning-order.ts';
import {
  type EarningResult,
  type EarningStart,
  earningRun,
  startAt,
  usableCheckpoint,
} from './earning-run.ts';
import { toEarningOrder } from './program-order.ts';
import type { Rating } from './rate-order.ts';
import type { FromHistory, NumberedOrder, RecordedOrder } from './recorded-order.ts';
import type { Earning } from './tier-standing.ts';

/** A recorded order, and what it is worth now. */
export type RatedOrder = Readonly<{ order: RecordedOrder; points: number }>;

/** An account after its orders were replayed. */
export type Replayed = Readonly<{
  /** `keptTo`: the checkpoints up to this number stay; undefined: all do. */
  earning: EarningResult & Readonly<{ keptTo: number | undefined }>;
  /** Of the new orders, by order id. */
  ratings: ReadonlyMap<string, Rating>;
  /** Recorded orders that are worth other points than they were paid. */
  changed: readonly RatedOrder[];
}>;

type Terms = Readonly<{
  earning: Earning;
  orders: readonly EarningOrder[];
  /**
   * Whether recorded orders are rated again, since the state of the account does not lead to the
   * new ones.
   */
  isLate: boolean;
  ordersPerCheckpoint?: number | undefined;
}>;

/**
 * Rates new orders of an account, where they are late among the recorded ones since the last
 * checkpoint. Keeps only what changes.
 */
export const replayOrders = (
  view: AccountView,
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
      const judgement = run.judge(order);
      if (judgement.kind === 'rated') ratings.set(order.orderId, judgement.rating);
      arriving.shift();
    }
  };
  const take = (order: NumberedOrder): void => {
    rateArriving(order);
    const judgement = run.judge(toEarningOrder(order, view.memberships), order.entryNo);
    if (judgement.kind !== 'rated' || judgement.rating.points === order.paid) return;
    changed.push({ order, points: judgement.rating.points });
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

const fromCheckpoint = (view: AccountView, earning: Earning): Beginning => {
  const after = usableCheckpoint(earning, view.checkpoint);
  const isNew = view.balance.version === 0;
  return { after, start: startAt(after), keptTo: isNew ? undefined : (after?.no ?? 0) };
};

/**
 * A version that did not know of checkpoints leaves no mark. Theirs may be wrong then, and are
 * taken anew.
 */
const fromLast = ({ earning: account = emptyAccount, mark }: AccountView): Beginning => ({
  start: { account, mark: mark ?? noCheckpoints },
  keptTo: mark === undefined ? 0 : undefined,
});

/** The corrections of recorded orders that are worth other points than they were paid. */
export const revisions = (
  occasion: Occasion,
  changed: readonly RatedOrder[],
): readonly Correction[] =>
  changed.map(({ order, points }) => ({
    order,
    points: points - order.paid,
    kind: 'REVISE',
    causeId: `${order.orderId} ${occasion.name}`,
    occasion,
  }));
