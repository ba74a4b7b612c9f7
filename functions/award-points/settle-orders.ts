import { assert } from '#shared/domain/assert.ts';
import { type EarningAccount, goesOn } from '#shared/domain/earning/earning-account.ts';
import { byEventOrder } from '#shared/domain/earning/earning-order.ts';
import { judgesOrdersAlone } from '#shared/domain/earning/program.ts';
import type { Earning } from '#shared/domain/earning/tier-standing.ts';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { Fact } from '#shared/eventing/fact.ts';
import { StaleTerms } from '#shared/stores/postgres/driver/stale-terms.ts';
import type { Decision } from '#shared/stores/postgres/earning/read-recorded-orders.ts';
import type { AccountView, Settlement } from '#shared/stores/postgres/earning/settle-accounts.ts';
import { correctOrders } from './correct-orders.ts';
import { earnAlone } from './earn-alone.ts';
import { earnEntry } from './earn-entry.ts';
import { earningChange } from './earning-change.ts';
import type { PaidOrder } from './paid-order.ts';
import { type Replayed, replayOrders } from './replay-orders.ts';
import { type Occasion, revisionFacts, revisions } from './revise-orders.ts';

/** Whether orders can be judged only together with all others of their account: an order came late, or nothing is known of them. */
export const needsHistory = (
  earning: Earning,
  account: EarningAccount | undefined,
  orders: readonly PaidOrder[],
): boolean =>
  !judgesOrdersAlone(earning.program) && !orders.every((order) => goesOn(earning, account, order));

type Arrival = Readonly<{
  earning: Earning;
  orders: readonly PaidOrder[];
  now: Date;
  ordersPerCheckpoint?: number | undefined;
}>;

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
export const settleOrders = (view: AccountView, arrival: Arrival): Decision<Settlement<Fact>> => {
  const { earning, orders, ordersPerCheckpoint } = arrival;
  if (isJudgedAlone(earning, view)) {
    const entries = orders.map((order) => earnAlone(order, earning));
    return { settle: () => ({ entries, facts: [] }) };
  }
  const isLate = needsHistory(earning, view.earning, orders);
  const replay = replayOrders(view, { earning, orders, isLate, ordersPerCheckpoint });
  return { ...replay, settle: () => settleReplayed(view, arrival, replay.settle()) };
};

const settleReplayed = (
  view: AccountView,
  { earning, orders, now }: Arrival,
  replayed: Replayed,
): Settlement<Fact> => {
  const [first] = orders.toSorted(byEventOrder);
  assert(first, 'an account is settled for its orders');
  const occasion: Occasion = {
    name: `order ${first.orderId}`,
    cause: first.cause,
    correlation: first.correlation,
    occurredAt: first.placedAt,
  };
  const paid = payRated(earning, orders, replayed.ratings);
  const corrections = revisions(earning, replayed.changed, occasion);
  const corrected = correctOrders({ key: view.key, lots: view.lots, now }, corrections);
  const change = earningChange(view, { earning, replayed, occasion, now });
  return {
    entries: [...paid, ...corrected.flatMap(({ entries }) => entries)],
    earning: change.earning,
    facts: [...revisionFacts(view, { corrected, occasion }), ...change.facts],
  };
};

const payRated = (
  earning: Earning,
  orders: readonly PaidOrder[],
  ratings: Replayed['ratings'],
): readonly LedgerEntry[] =>
  orders.map((order) => {
    const rating = ratings.get(order.orderId);
    assert(rating, `order ${order.orderId} was rated, for there is a rule for it`);
    return earnEntry(order, earning, rating);
  });
