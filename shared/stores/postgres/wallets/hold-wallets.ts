import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Transaction } from '../driver/connect.ts';
import { accountKey, type HeldAccount, holdAccounts } from '../ledger/hold-accounts.ts';
import { changeReserved, releaseOf } from './change-reserved.ts';
import { endOverdue } from './redemption-rows.ts';

type Holding = Readonly<{ now: Date; create: boolean }>;

/** Holds wallets as holdAccounts does, once their reservations whose time is over have ended. */
export const holdWallets = async (
  sql: Transaction,
  wallets: readonly WalletKey[],
  { now, create }: Holding,
): Promise<ReadonlyMap<string, HeldAccount>> => {
  const held = await holdAccounts(sql, wallets, { create });
  const ended = await releaseOverdue(sql, wallets, now);
  return ended.length === 0 ? held : holdAccounts(sql, wallets, { create: false });
};

/** Holds one wallet; undefined when there is none. */
export const holdWallet = async (
  sql: Transaction,
  wallet: WalletKey,
  holding: Holding,
): Promise<HeldAccount | undefined> =>
  (await holdWallets(sql, [wallet], holding)).get(accountKey(wallet));

/**
 * Ends the reservations of held wallets whose time is over; returns the balances that it changed.
 */
export const releaseOverdue = async (
  sql: Transaction,
  wallets: readonly WalletKey[],
  now: Date,
): Promise<readonly Balance[]> => {
  const overdue = await endOverdue(sql, wallets, now);
  return changeReserved(sql, overdue.map(releaseOf), { versions: 1 });
};
