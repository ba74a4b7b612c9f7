import { assert } from '../assert.ts';
import { Unavailable } from '../errors.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import type { AccountView } from './account-view.ts';
import { type Corrected, type Correction, correctOrders, type Occasion } from './correction.ts';
import { goesOn, notBeforeLast } from './earning-account.ts';
import { byEventOrder } from './earning-order.ts';
import {
  type Earning,
  earnAlone,
  earnEntry,
  type ProgramOrder,
  ratesOrdersAlone,
  toEarningOrder,
} from './program.ts';
import type { FromHistory } from './recorded-order.ts';
import { type EarningResult, type Replayed, replayOrders, revisions } from './replay-orders.ts';
import { StaleTerms } from './stale-terms.ts';
import { tierStanding } from './tier-standing.ts';

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

/** A tier that is not the one last published. */
export type TierChange = Readonly<{
  from: string | undefined;
  to: string | undefined;
  since: Date;
  occasion: Occasion;
}>;

/** What a decision changes about one account: all of it is committed, or nothing. */
export type Settlement = Readonly<{
  entries: readonly LedgerEntry[];
  /** Recorded orders whose points were corrected, by some of the entries. */
  corrected: readonly Corrected[];
  /** The new state of the account; absent: unchanged. */
  earning?:
    | (EarningResult &
        Pick<Replayed['earning'], 'keptTo'> &
        Readonly<{ tier: string | undefined; fallsAt: Date | undefined }>)
    | undefined;
  tierChange?: TierChange | undefined;
}>;

/** What settles an account: the program that pays, what for, and when. */
export type Settling = Readonly<{ earning: Earning; occasion: Occasion; now: Date }>;

/**
 * A decision about one account; Unavailable when this process has not loaded the terms that it
 * needs.
 */
export type Decision = FromHistory<Settlement | Unavailable>;

type Changes = Readonly<{
  corrections: readonly Correction[];
  /** Undefined where orders are rated independently. */
  replayed: Replayed | undefined;
}>;

/** Corrects orders, and keeps the state that the account has after its orders were replayed. */
export const settle = (
  view: AccountView,
  settling: Settling,
  { corrections, replayed }: Changes,
): Settlement | Unavailable => {
  const { earning, now } = settling;
  const corrected =
    corrections.length === 0 ? [] : correctOrders({ ...view, earning, now }, corrections);
  if (corrected instanceof Unavailable) return corrected;
  const entries = corrected.flatMap((one) => one.entries);
  return { entries, corrected, ...(replayed && stateOf(view, settling, replayed)) };
};

const stateOf = (
  { tier: from }: AccountView,
  { earning, occasion, now }: Settling,
  replayed: Replayed,
): Pick<Settlement, 'earning' | 'tierChange'> => {
  const { account } = replayed.earning;
  const at = notBeforeLast(account, now);
  const { tier, fallsAt, since = at } = tierStanding(earning, account, at);
  return {
    earning: { ...replayed.earning, tier, fallsAt },
    tierChange: tier === from ? undefined : { from, to: tier, since, occasion },
  };
};
