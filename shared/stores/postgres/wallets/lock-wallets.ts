import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Transaction } from '../driver/connect.ts';
import { accountKey, type LockedAccount, lockAccounts } from '../ledger/lock-accounts.ts';
import { changeReserved, releaseOf } from './change-reserved.ts';
import { endOverdue } from './redemption-rows.ts';

type Locking = Readonly<{ now: Date; create: boolean }>;

/** Locks wallets as lockAccounts does, and ends their reservations that have timed out. */
export const lockWallets = async (
  sql: Transaction,
  wallets: readonly WalletKey[],
  { now, create }: Locking,
): Promise<ReadonlyMap<string, LockedAccount>> => {
  const locked = await lockAccounts(sql, wallets, { create });
  const ended = await releaseOverdue(sql, wallets, now);
  return ended.length === 0 ? locked : lockAccounts(sql, wallets, { create: false });
};

/** Locks one wallet; undefined when there is none. */
export const lockWallet = async (
  sql: Transaction,
  wallet: WalletKey,
  locking: Locking,
): Promise<LockedAccount | undefined> =>
  (await lockWallets(sql, [wallet], locking)).get(accountKey(wallet));

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
