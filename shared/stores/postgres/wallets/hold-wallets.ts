import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Transaction } from '../driver/connect.ts';
import { accountKey, type LockedAccount, lockAccounts } from '../ledger/lock-accounts.ts';
import { changeReserved, releaseOf } from './change-reserved.ts';
import { endOverdue } from './redemption-rows.ts';

type Holding = Readonly<{ now: Date; create: boolean }>;

/** Holds wallets as lockAccounts does, once their reservations whose time is over have ended. */
export const holdWallets = async (
  sql: Transaction,
  wallets: readonly WalletKey[],
  { now, create }: Holding,
): Promise<ReadonlyMap<string, LockedAccount>> => {
  const held = await lockAccounts(sql, wallets, { create });
  const ended = await releaseOverdue(sql, wallets, now);
  return ended.length === 0 ? held : lockAccounts(sql, wallets, { create: false });
};

/** Holds one wallet; undefined when there is none. */
export const holdWallet = async (
  sql: Transaction,
  wallet: WalletKey,
  holding: Holding,
): Promise<LockedAccount | undefined> =>
  (await holdWallets(sql, [wallet], holding)).get(accountKey(wallet));

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
