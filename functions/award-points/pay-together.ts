import { assert } from '#shared/domain/assert.ts';
import type { Earning } from '#shared/domain/earning/tier-standing.ts';
import { conflictBetween, type LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { Fact } from '#shared/eventing/fact.ts';
import type { EarningStore, Paid } from '#shared/stores/postgres/earning/earning-store.ts';
import { orderKey } from '#shared/stores/postgres/earning/read-earns.ts';
import type { AccountKey } from '#shared/stores/postgres/ledger/hold-accounts.ts';
import type { OrderClaim } from './order-claim.ts';
import type { Award } from './outcome.ts';
import type { PaidOrder } from './paid-order.ts';
import type { Awarded } from './pay-alone.ts';
import { needsHistory, settleOrders } from './settle-orders.ts';

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
