import { assert } from '../assert.ts';
import { Unavailable } from '../errors.ts';
import type { AccountView } from './account-view.ts';
import { goesOn } from './earning-account.ts';
import { byEventOrder } from './earning-order.ts';
import {
  earnAlone,
  earnEntry,
  type ProgramOrder,
  ratesOrdersAlone,
  toEarningOrder,
} from './program.ts';
import { type Replayed, replayOrders, revisions } from './replay-orders.ts';
import { type Decision, type Settlement, type Settling, settle } from './settlement.ts';
import { StaleTerms } from './stale-terms.ts';

/** How payments and refunds are decided. */
export type DecidingTerms = Readonly<{
  now: Date;
  /** How many orders apart the states are kept from which late orders and refunds are rated. */
  ordersPerCheckpoint?: number | undefined;
}>;

/**
 * Whether orders can be rated only with the recorded ones of their account: one came late, or the
 * account has no state.
 */
export const arriveLate = (
  { earning: account }: Pick<AccountView, 'earning'>,
  orders: readonly ProgramOrder[],
): boolean =>
  !orders.every(
    ({ earning, order }) => ratesOrdersAlone(earning.program) || goesOn(earning, account, order),
  );

/**
 * Pays orders of one account in one program, each as if all its orders had arrived in the order of
 * their events: where one came late, what later ones were paid is revised. Returns StaleTerms where
 * others rate the orders of the account together.
 */
export const decidePayment = (
  view: AccountView,
  paid: readonly ProgramOrder[],
  { now, ordersPerCheckpoint }: DecidingTerms,
): Decision => {
  const [first] = paid.toSorted((one, other) => byEventOrder(one.order, other.order));
  if (first === undefined) return { settle: () => ({ entries: [], corrected: [] }) };
  const { earning, order } = first;
  if (ratesOrdersAlone(earning.program)) return payAlone(view, paid);
  const occasion = {
    name: `order ${order.orderId}`,
    cause: order.cause,
    correlation: order.correlation,
    occurredAt: order.placedAt,
  };
  const orders = paid.map((one) => ({
    ...toEarningOrder(one.order, view.memberships),
    rule: one.rule,
  }));
  const isLate = arriveLate(view, paid);
  const replay = replayOrders(view, { earning, orders, isLate, ordersPerCheckpoint });
  return {
    history: replay.history,
    settle: () => settlePayment(view, paid, { earning, occasion, now, replayed: replay.settle() }),
  };
};

const payAlone = (view: AccountView, paid: readonly ProgramOrder[]): Decision => ({
  settle: () =>
    view.earning === undefined ? { entries: paid.map(earnAlone), corrected: [] } : new StaleTerms(),
});

const settlePayment = (
  view: AccountView,
  paid: readonly ProgramOrder[],
  { replayed, ...settling }: Settling & Readonly<{ replayed: Replayed }>,
): Settlement | Unavailable => {
  const corrections = revisions(settling.occasion, replayed.changed);
  const settlement = settle(view, settling, { corrections, replayed });
  if (settlement instanceof Unavailable) return settlement;
  const earned = paid.map((one) => {
    const rating = replayed.ratings.get(one.order.orderId);
    assert(rating, `order ${one.order.orderId} was rated, as there is a rule for it`);
    return earnEntry(one, rating);
  });
  return { ...settlement, entries: [...earned, ...settlement.entries] };
};
