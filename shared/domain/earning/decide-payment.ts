import { assert } from '../assert.ts';
import { Unavailable } from '../errors.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import type { Lot } from '../ledger/lot.ts';
import type { LotDebit } from '../ledger/lots.ts';
import { byEventOrder } from './earning-order.ts';
import { goesOn, notBeforeLast } from './earning-state.ts';
import type { WalletView } from './earning-view.ts';
import {
  type Earning,
  earnAlone,
  earnEntry,
  type ProgramOrder,
  ratesOrdersAlone,
  toEarningOrder,
} from './program.ts';
import type { FromHistory } from './recorded-order.ts';
import {
  type Corrected,
  type Correction,
  correctOrders,
  debitsOf,
  type Trigger,
} from './refunds/correction.ts';
import { type EarningResult, type Replayed, replayOrders, revisions } from './replay-orders.ts';
import { StaleTerms } from './stale-terms.ts';
import { tierStatus } from './tiers/tier-status.ts';

/** How payments and refunds are decided. */
export type DecidingTerms = Readonly<{
  now: Date;
  /** The number of orders between the checkpoints from which late orders and refunds are rated. */
  ordersPerCheckpoint?: number | undefined;
}>;

/**
 * Whether orders can be rated only with the recorded ones of their wallet: one came late, or the
 * wallet has no state.
 */
export const arriveLate = (
  { earning: state }: Pick<WalletView, 'earning'>,
  orders: readonly ProgramOrder[],
): boolean =>
  !orders.every(
    ({ earning, order }) => ratesOrdersAlone(earning.program) || goesOn(earning, state, order),
  );

/**
 * Pays orders of one wallet in one program as if all orders had arrived in event order: if one is
 * late, the points of later ones are revised. Returns StaleTerms if other processes rate the orders
 * of the wallet together.
 */
export const decidePayment = (
  view: WalletView,
  paid: readonly ProgramOrder[],
  { now, ordersPerCheckpoint }: DecidingTerms,
): Decision => {
  const [first] = paid.toSorted((one, other) => byEventOrder(one.order, other.order));
  if (first === undefined) return { settle: () => withoutLots({ entries: [], corrected: [] }) };
  const { earning, order } = first;
  if (ratesOrdersAlone(earning.program)) return payAlone(view, paid);
  const occasion = {
    name: `order ${order.orderId}`,
    cause: order.cause,
    correlation: order.correlation,
    occurredAt: order.placedAt,
  };
  const orders = paid.map((one) => ({
    ...toEarningOrder(one.order, view),
    rule: one.rule,
  }));
  const isLate = arriveLate(view, paid);
  const replay = replayOrders(view, { earning, orders, isLate, ordersPerCheckpoint });
  return {
    history: replay.history,
    settle: () => settlePayment(view, paid, { earning, occasion, now, replayed: replay.settle() }),
  };
};

const payAlone = (view: WalletView, paid: readonly ProgramOrder[]): Decision => ({
  settle: () =>
    withoutLots(
      view.earning === undefined
        ? { entries: paid.map(earnAlone), corrected: [] }
        : new StaleTerms(),
    ),
});

/** Changes that affect no existing lot. */
export const withoutLots = (settlement: Settlement | Unavailable): Rated => ({
  debits: [],
  settle: () => settlement,
});

const settlePayment = (
  view: WalletView,
  paid: readonly ProgramOrder[],
  { replayed, ...settling }: Settling & Readonly<{ replayed: Replayed }>,
): Rated => {
  const corrections = revisions(settling.occasion, replayed.changed);
  const rated = settle(view, settling, { corrections, replayed });
  const earned = paid.map((one) => {
    const rating = replayed.ratings.get(one.order.orderId);
    assert(rating, `order ${one.order.orderId} was rated, as there is a rule for it`);
    return earnEntry(one, rating);
  });
  return {
    ...rated,
    settle: (lots) => {
      const settlement = rated.settle(lots);
      if (settlement instanceof Unavailable) return settlement;
      return { ...settlement, entries: [...earned, ...settlement.entries] };
    },
  };
};

/** A tier that differs from the last published one. */
export type TierChange = Readonly<{
  from: string | undefined;
  to: string | undefined;
  since: Date;
  occasion: Trigger;
}>;

/** What a decision changes about one wallet: all of it is committed, or nothing. */
export type Settlement = Readonly<{
  entries: readonly LedgerEntry[];
  /** Recorded orders whose points were corrected, by some of the entries. */
  corrected: readonly Corrected[];
  /** The new state of the wallet; absent: unchanged. */
  earning?:
    | (EarningResult &
        Pick<Replayed['earning'], 'keptTo'> &
        Readonly<{ tier: string | undefined; fallsAt: Date | undefined }>)
    | undefined;
  tierChange?: TierChange | undefined;
}>;

/** What a wallet is settled for: the program that pays, the orders, and the time. */
export type Settling = Readonly<{ earning: Earning; occasion: Trigger; now: Date }>;

/** A wallet whose orders were rated, to be settled with some of its lots. */
export type Rated = Readonly<{
  /** Points to reverse, by the lot that they were paid into. */
  debits: readonly LotDebit[];
  /**
   * Takes the lots that are debited, or all lots if these do not have enough, with the points that
   * expired in them. Returns Unavailable if this process has not loaded the terms that it needs.
   */
  settle: (lots: readonly Lot[]) => Settlement | Unavailable;
}>;

/** A decision about one wallet. */
export type Decision = FromHistory<Rated>;

type Changes = Readonly<{
  corrections: readonly Correction[];
  /** Undefined where orders are rated independently. */
  replayed: Replayed | undefined;
}>;

/** Corrects orders, and keeps the state that the wallet has after its orders were replayed. */
export const settle = (
  view: WalletView,
  settling: Settling,
  { corrections, replayed }: Changes,
): Rated => ({
  debits: corrections.length === 0 ? [] : debitsOf(corrections),
  settle: (lots) => {
    const { earning, now } = settling;
    const corrected =
      corrections.length === 0
        ? []
        : correctOrders({ key: view.key, lots, earning, now }, corrections);
    if (corrected instanceof Unavailable) return corrected;
    const entries = corrected.flatMap((one) => one.entries);
    return { entries, corrected, ...(replayed && stateOf(view, settling, replayed)) };
  },
});

const stateOf = (
  { tier: from, grants }: WalletView,
  { earning, occasion, now }: Settling,
  replayed: Replayed,
): Pick<Settlement, 'earning' | 'tierChange'> => {
  const { state } = replayed.earning;
  const at = notBeforeLast(state, now);
  const { tier, fallsAt, since = at } = tierStatus(earning, { ...state, grants }, at);
  return {
    earning: { ...replayed.earning, tier, fallsAt },
    tierChange: tier === from ? undefined : { from, to: tier, since, occasion },
  };
};
