import { assert } from '#shared/domain/assert.ts';
import { conflictBetween, type LedgerEntry } from '#shared/domain/points/ledger-entry.ts';
import type { Earning } from '#shared/domain/points/tier-standing.ts';
import type { Fact } from '#shared/eventing/fact.ts';
import { entryKey } from '#shared/stores/postgres/book-entries.ts';
import type { EarningStore, Paid } from '#shared/stores/postgres/earning-store.ts';
import type { AccountKey } from '#shared/stores/postgres/hold-accounts.ts';
import type { OrderClaim } from './order-claim.ts';
import type { Award } from './outcome.ts';
import type { PaidOrder } from './paid-order.ts';
import type { Awarded } from './pay-alone.ts';
import { needsHistory, settleOrders } from './settle-orders.ts';

type Payment = Readonly<{ key: AccountKey; order: PaidOrder; earning: Earning }>;

/** Pays orders in the programs where they depend on the customer's others, each account held while it is judged. */
export const payTogether = async (
  earnings: EarningStore,
  claims: readonly OrderClaim[],
  now: Date,
): Promise<Awarded & Readonly<{ facts: readonly Fact[] }>> => {
  const payments = claims.map(paymentsOf);
  const all = payments.flat();
  if (all.length === 0) return { awards: payments.map(() => []), balances: [], facts: [] };
  const earningIn = earningsOf(all);
  const paid = await earnings.pay<PaidOrder, Fact>(all, {
    needsHistory: (key, held, orders) => needsHistory(earningIn(key), held.earning, orders),
    decide: (view, orders) => settleOrders(view, { earning: earningIn(view.key), orders, now }),
  });
  const awardOf = awardsIn(paid);
  return {
    awards: payments.map((own) => own.map(awardOf)),
    balances: paid.balances,
    facts: paid.facts,
  };
};

const paymentsOf = ({ order, together }: OrderClaim): readonly Payment[] =>
  together.map((earning) => {
    const { tenantId, customerId } = order;
    return { key: { tenantId, customerId, program: earning.program.program }, order, earning };
  });

/** Finds the program of an account among those that pay. */
const earningsOf = (payments: readonly Payment[]) => {
  const byProgram = new Map(
    payments.map(({ key, earning }) => [`${key.tenantId} ${key.program}`, earning]),
  );
  return ({ tenantId, program }: AccountKey): Earning => {
    const earning = byProgram.get(`${tenantId} ${program}`);
    assert(earning, `program ${program} pays orders of this batch`);
    return earning;
  };
};

/** Tells what the ledger holds of each payment; the first of an order was booked, its repeats in the batch were not. */
const awardsIn = ({ entries, standing }: Paid<Fact>) => {
  const booked = new Map(entries.map((entry) => [entryKey(entry), entry]));
  const told = new Set<LedgerEntry>();
  return ({ key, order }: Payment): Award => {
    const name = entryKey({ ...key, kind: 'EARN', causeId: order.orderId });
    const recorded = booked.get(name) ?? standing.get(name);
    assert(recorded, `order ${order.orderId} is in the ledger`);
    const field = conflictBetween(recorded, { ...recorded, ...order });
    if (field !== undefined) return { kind: 'conflict', recorded, field };
    const kind = booked.has(name) && !told.has(recorded) ? 'booked' : 'replayed';
    told.add(recorded);
    return { kind, entry: recorded };
  };
};
