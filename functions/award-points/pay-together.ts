import { assert } from '#shared/domain/assert.ts';
import {
  type EarningAccount,
  goesOn,
  notBeforeLast,
} from '#shared/domain/earning/earning-account.ts';
import { byEventOrder } from '#shared/domain/earning/earning-order.ts';
import { judgesOrdersAlone } from '#shared/domain/earning/program.ts';
import { type Earning, tierStanding } from '#shared/domain/earning/tier-standing.ts';
import { conflictBetween, type LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import { TierChanged } from '#shared/eventing/contracts/tiers.ts';
import { type Fact, factOf } from '#shared/eventing/fact.ts';
import { StaleTerms } from '#shared/stores/postgres/driver/stale-terms.ts';
import type { EarningStore, Paid } from '#shared/stores/postgres/earning/earning-store.ts';
import { orderKey } from '#shared/stores/postgres/earning/read-earns.ts';
import type { Decision } from '#shared/stores/postgres/earning/read-recorded-orders.ts';
import type { AccountView, Settlement } from '#shared/stores/postgres/earning/settle-accounts.ts';
import type { AccountKey } from '#shared/stores/postgres/ledger/hold-accounts.ts';
import { correctOrders } from './correct-orders.ts';
import type { OrderClaim, PaidOrder } from './order-claim.ts';
import type { Award } from './outcome.ts';
import { type Awarded, earnAlone, earnEntry } from './pay-alone.ts';
import {
  type Occasion,
  type Replayed,
  replayOrders,
  revisionFacts,
  revisions,
} from './revise-orders.ts';

/** Pays each order in all of its programs or in none, all in one transaction with their accounts locked. */
export const payTogether = async (
  {
    earnings,
    ordersPerCheckpoint,
  }: Readonly<{ earnings: EarningStore; ordersPerCheckpoint?: number | undefined }>,
  claims: readonly OrderClaim[],
  now: Date,
): Promise<Awarded & Readonly<{ facts: readonly Fact[] }>> => {
  if (claims.length === 0) return { awards: new Map(), balances: [], facts: [] };
  const earningIn = earningsOf(claims);
  const payments = claims.map(({ order, earnings: own }) => ({
    order,
    programs: own.map(({ program }) => program.program),
  }));
  const paid = await earnings.pay<PaidOrder, Fact>(payments, {
    needsHistory: (key, held, orders) => needsHistory(earningIn(key), held.earning, orders),
    decide: (view, orders) =>
      settleOrders(view, { earning: earningIn(view.key), orders, now, ordersPerCheckpoint }),
  });
  const awardsOf = awardsIn(paid);
  return {
    awards: new Map(claims.map((claim) => [claim, awardsOf(claim)])),
    balances: paid.balances,
    facts: paid.facts,
  };
};

/** Finds the program of an account among those that pay. */
const earningsOf = (claims: readonly OrderClaim[]) => {
  const byProgram = new Map(
    claims.flatMap(({ order, earnings }) =>
      earnings.map((earning) => [`${order.tenantId} ${earning.program.program}`, earning] as const),
    ),
  );
  return ({ tenantId, program }: AccountKey): Earning => {
    const earning = byProgram.get(`${tenantId} ${program}`);
    assert(earning, `program ${program} pays orders of this batch`);
    return earning;
  };
};

/** Tells what the ledger has of each order; the first of an id was booked, its repeats in the batch were not. */
const awardsIn = ({ entries, recorded }: Paid<Fact>) => {
  const booked = new Set(entries.filter(({ kind }) => kind === 'EARN'));
  const entriesOf = Map.groupBy([...recorded, ...booked], orderKey);
  const told = new Set<LedgerEntry>();
  const awardOf = (entry: LedgerEntry): Award => {
    const kind = booked.has(entry) && !told.has(entry) ? 'booked' : 'replayed';
    told.add(entry);
    return { kind, entry };
  };
  return ({ order }: OrderClaim): readonly Award[] => {
    const own = entriesOf.get(orderKey(order)) ?? [];
    assert(own.length > 0, `order ${order.orderId} is in the ledger`);
    for (const entry of own) {
      const field = conflictBetween(entry, order);
      if (field !== undefined) return [{ kind: 'conflict', recorded: entry, field }];
    }
    return own.map(awardOf);
  };
};

/** Whether orders can be judged only together with all others of their account: an order came late, or nothing is known of them. */
const needsHistory = (
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
const settleOrders = (view: AccountView, arrival: Arrival): Decision<Settlement<Fact>> => {
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

type Change = Readonly<{
  earning: Earning;
  replayed: Replayed;
  occasion: Occasion;
  now: Date;
}>;

/** The state to keep of an account, and what to say when its tier is not the one that was last said. */
export const earningChange = (
  { key, tier: from }: AccountView,
  { earning, replayed, occasion, now }: Change,
): Readonly<{ earning: NonNullable<Settlement<Fact>['earning']>; facts: readonly Fact[] }> => {
  const { account } = replayed.earning;
  const at = notBeforeLast(account, now);
  const standing = tierStanding(earning, account, at);
  const { tier, fallsAt, since } = standing;
  const { tenantId, customerId, program } = key;
  const facts =
    tier === from
      ? []
      : [
          {
            ...factOf(TierChanged, {
              cause: [tenantId, program, customerId, occasion.name],
              partitionKey: customerId,
              time: occasion.occurredAt,
              data: {
                tenantId,
                customerId,
                program,
                from: from ?? null,
                to: tier ?? null,
                since: (since ?? at).toISOString(),
                cause: occasion.name,
              },
            }),
            ...occasion.correlation,
          },
        ];
  return { earning: { ...replayed.earning, tier, fallsAt }, facts };
};
