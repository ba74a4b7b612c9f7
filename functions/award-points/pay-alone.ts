import { assert } from '#shared/domain/assert.ts';
import type { Balance } from '#shared/domain/points/balance.ts';
import { rateAlone } from '#shared/domain/points/rate-alone.ts';
import type { LedgerStore } from '#shared/stores/postgres/ledger-store.ts';
import { earnEntry } from './earn-entry.ts';
import type { OrderClaim } from './order-claim.ts';
import type { Award } from './outcome.ts';
import { toEarningOrder } from './paid-order.ts';

/** What orders were awarded, in the order of the claims, and the balances as they are after it. */
export type Awarded = Readonly<{
  awards: readonly (readonly Award[])[];
  balances: readonly Balance[];
}>;

/** Pays orders in the programs that judge each alone: all in one statement, whoever they are from. */
export const payAlone = async (
  ledger: LedgerStore,
  claims: readonly OrderClaim[],
): Promise<Awarded> => {
  const entries = claims.map(({ order, alone }) =>
    alone.map((earning) => {
      const judgement = rateAlone(earning.program, toEarningOrder(order, []));
      assert(judgement.kind === 'rated', `there is a rule for order ${order.orderId}`);
      return earnEntry(order, earning, judgement.rating);
    }),
  );
  const bookings = await ledger.commit(entries.flat());
  let booked = 0;
  return {
    awards: entries.map((own) => bookings.slice(booked, (booked += own.length))),
    balances: bookings.flatMap((booking) => (booking.kind === 'conflict' ? [] : [booking.balance])),
  };
};
