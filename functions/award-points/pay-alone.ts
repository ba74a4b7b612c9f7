import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { LedgerStore } from '#shared/stores/postgres/ledger/ledger-store.ts';
import { earnAlone } from './earn-alone.ts';
import type { OrderClaim } from './order-claim.ts';
import type { Award } from './outcome.ts';

/** What orders were awarded, and the balances as they are after it. */
export type Awarded = Readonly<{
  awards: ReadonlyMap<OrderClaim, readonly Award[]>;
  balances: readonly Balance[];
}>;

/** Pays orders of one entry each: all in one statement, whoever they are from. */
export const payAlone = async (
  ledger: LedgerStore,
  claims: readonly OrderClaim[],
): Promise<Awarded> => {
  const entries = claims.flatMap(({ order, earnings }) =>
    earnings.map((earning) => earnAlone(order, earning)),
  );
  const bookings = await ledger.commit(entries);
  return {
    awards: new Map(claims.map((claim, index) => [claim, bookings.slice(index, index + 1)])),
    balances: bookings.flatMap((booking) => (booking.kind === 'conflict' ? [] : [booking.balance])),
  };
};
