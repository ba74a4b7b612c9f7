import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Transaction } from '../driver/connect.ts';
import { type LockedWallet, lockWallets, walletName } from '../ledger/lock-wallets.ts';
import { changeReserved, releaseOf } from './change-reserved.ts';
import { endOverdue } from './redemption-rows.ts';

type Locking = Readonly<{ now: Date; create: boolean }>;

/** Locks wallets as lockWallets does, and ends their reservations that have timed out. */
export const lockCurrentWallets = async (
  sql: Transaction,
  wallets: readonly WalletKey[],
  { now, create }: Locking,
): Promise<ReadonlyMap<string, LockedWallet>> => {
  const locked = await lockWallets(sql, wallets, { create });
  const ended = await releaseOverdue(sql, wallets, now);
  return ended.length === 0 ? locked : lockWallets(sql, wallets, { create: false });
};

/** Locks one wallet; undefined when there is none. */
export const lockCurrentWallet = async (
  sql: Transaction,
  wallet: WalletKey,
  locking: Locking,
): Promise<LockedWallet | undefined> =>
  (await lockCurrentWallets(sql, [wallet], locking)).get(walletName(wallet));

/**
 * Ends the reservations of locked wallets that have timed out; returns the balances that it
 * changed.
 */
export const releaseOverdue = async (
  sql: Transaction,
  wallets: readonly WalletKey[],
  now: Date,
): Promise<readonly Balance[]> => {
  const overdue = await endOverdue(sql, wallets, now);
  return changeReserved(sql, overdue.map(releaseOf), { versions: 1 });
};
