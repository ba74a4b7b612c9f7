import { assert } from '#shared/domain/assert.ts';
import {
  advance,
  type EarningAccount,
  emptyAccount,
  goesOn,
  replay,
} from '#shared/domain/points/earning-account.ts';
import { byEventOrder } from '#shared/domain/points/earning-order.ts';
import type { LedgerEntry } from '#shared/domain/points/ledger-entry.ts';
import { judgesOrdersAlone } from '#shared/domain/points/program.ts';
import type { Rating } from '#shared/domain/points/rate-order.ts';
import type { Earning } from '#shared/domain/points/tier-standing.ts';
import type { Fact } from '#shared/eventing/fact.ts';
import type { AccountView, Settlement } from '#shared/stores/postgres/settle-accounts.ts';
import { StaleTerms } from '#shared/stores/postgres/stale-terms.ts';
import { correctOrders } from './correct-orders.ts';
import { earnAlone } from './earn-alone.ts';
import { earnEntry } from './earn-entry.ts';
import { earningChange } from './earning-change.ts';
import { type PaidOrder, toEarningOrder } from './paid-order.ts';
import { type Occasion, revisionFacts, revisions } from './revise-orders.ts';

/** Whether orders can be judged only together with all others of their account: an order came late, or nothing is known of them. */
export const needsHistory = (
  earning: Earning,
  account: EarningAccount | undefined,
  orders: readonly PaidOrder[],
): boolean =>
  !judgesOrdersAlone(earning.program) && !orders.every((order) => goesOn(earning, account, order));

type Arrival = Readonly<{ earning: Earning; orders: readonly PaidOrder[]; now: Date }>;

/**
 * Whether a program judges the orders of an account alone.
 * @throws StaleTerms when others have judged them together: this process has not heard of the version yet that says so.
 */
export const isJudgedAlone = (
  { program }: Earning,
  { earning: state }: Pick<AccountView, 'earning'>,
): boolean => {
  const isAlone = judgesOrdersAlone(program);
  if (isAlone && state !== undefined) throw new StaleTerms();
  return isAlone;
};

/**
 * Pays orders of one account, each as if all its orders had arrived in the order of their events: where one came late, what
 * later ones were paid is revised.
 */
export const settleOrders = (
  view: AccountView,
  { earning, orders, now }: Arrival,
): Settlement<Fact> => {
  if (isJudgedAlone(earning, view)) {
    return { entries: orders.map((order) => earnAlone(order, earning)), facts: [] };
  }
  const [first] = orders.toSorted(byEventOrder);
  assert(first, 'an account is settled for its orders');
  const occasion: Occasion = {
    name: `order ${first.orderId}`,
    cause: first.cause,
    correlation: first.correlation,
    occurredAt: first.placedAt,
  };
  const { account, ratings } = needsHistory(earning, view.earning, orders)
    ? rateAll(earning, view, orders)
    : rateNext(earning, view, orders);
  const paid = payRated(earning, orders, ratings);
  const corrections = revisions(earning, view, { ratings, occasion });
  const corrected = correctOrders({ key: view.key, lots: view.lots, now }, corrections);
  const change = earningChange(view, { earning, account, occasion, now });
  return {
    entries: [...paid, ...corrected.flatMap(({ entries }) => entries)],
    earning: change.earning,
    facts: [...revisionFacts(view, { corrected, occasion }), ...change.facts],
  };
};

type Rated = Readonly<{ account: EarningAccount; ratings: readonly Rating[] }>;

const rateAll = (earning: Earning, view: AccountView, orders: readonly PaidOrder[]): Rated =>
  replay(
    earning,
    [...view.history, ...orders].map((order) => toEarningOrder(order, view.memberships)),
  );

const rateNext = (earning: Earning, view: AccountView, orders: readonly PaidOrder[]): Rated => {
  let account = view.earning ?? emptyAccount;
  const ratings = orders.toSorted(byEventOrder).flatMap((order) => {
    const next = advance(earning, account, toEarningOrder(order, view.memberships));
    account = next.account;
    return next.judgement.kind === 'rated' ? [next.judgement.rating] : [];
  });
  return { account, ratings };
};

const payRated = (
  earning: Earning,
  orders: readonly PaidOrder[],
  ratings: readonly Rating[],
): readonly LedgerEntry[] => {
  const ratingOf = new Map(ratings.map((rating) => [rating.orderId, rating]));
  return orders.map((order) => {
    const rating = ratingOf.get(order.orderId);
    assert(rating, `order ${order.orderId} was rated, for there is a rule for it`);
    return earnEntry(order, earning, rating);
  });
};
