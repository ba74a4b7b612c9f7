import type { AfterCommit } from '#shared/runtime/after-commit.ts';
import type { WalletStore } from '#shared/stores/postgres/wallets/wallet-store.ts';
import type { Shift } from './expire-tenant.ts';
import { itemsMax, untilNoneIsDue } from './until-none-is-due.ts';

/** Reservations that time out. */
export type Reservations = Pick<WalletStore, 'timeOut'>;

/** Releases what was reserved for too long, in all tenants. */
export const timeOutReservations = (
  reservations: Reservations,
  afterCommit: AfterCommit,
  shift: Shift,
): Promise<void> =>
  untilNoneIsDue(shift, async () => {
    const ended = await reservations.timeOut(shift.now, itemsMax);
    await afterCommit(ended);
    return ended.found >= itemsMax;
  });
