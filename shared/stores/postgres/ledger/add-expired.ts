import type { Fragment } from 'postgres';
import type { Lot } from '#shared/domain/ledger/lot.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Transaction } from '../driver/connect.ts';
import { type LockedWallet, walletName, wantedWallets } from './lock-wallets.ts';

/**
 * Adds to these locked wallets how many points expired in each of their lots, closed ones
 * included, so that they are not reversed again.
 */
export const addExpired = async (
  sql: Transaction,
  locked: ReadonlyMap<string, LockedWallet>,
  keys: readonly WalletKey[],
): Promise<ReadonlyMap<string, LockedWallet>> => {
  if (keys.length === 0) return locked;
  const rows = await readExpired(sql, wantedWallets(sql, keys));
  const expiredIn = Map.groupBy(rows, walletName);
  return new Map(
    Array.from(locked, ([key, wallet]) => [
      key,
      { ...wallet, lots: withExpired(wallet.lots, expiredIn.get(key) ?? []) },
    ]),
  );
};

/** Reads how many points expired in each lot of wallets, or in those that `only` allows. */
export const readExpired = (
  sql: Transaction,
  wanted: ReturnType<typeof wantedWallets>,
  only: Fragment = sql``,
) => sql<ExpiredRow[]>`
  select tenant_id, customer_id, program, lapsed.* from ${wanted}
  cross join lateral (
    select lot_id, points, expires_at from lapsed_lots lot
    where lot.tenant_id = wanted.tenant_id and lot.customer_id = wanted.customer_id
      and lot.program = wanted.program and points <> 0 ${only}
    offset 0) lapsed`;

/** Points that expired in a lot. */
type ExpiredRow = WalletKey & Pick<Lot, 'lotId' | 'points'> & Readonly<{ expiresAt: Date }>;

/** Lots with the points that expired in them, and the closed ones in which points expired. */
export const withExpired = (lots: readonly Lot[], rows: readonly ExpiredRow[]): readonly Lot[] => {
  const expiredOf = new Map(rows.map((row) => [row.lotId, row]));
  const open = lots.map((lot) => {
    const expired = lot.account === 'available' ? expiredOf.get(lot.lotId) : undefined;
    if (expired === undefined) return lot;
    expiredOf.delete(lot.lotId);
    return { ...lot, expired: expired.points };
  });
  const closed = Array.from(
    expiredOf.values(),
    ({ lotId, points, expiresAt }): Lot => ({
      ...{ lotId, expiresAt, account: 'available', points: 0, reserved: 0 },
      expired: points,
    }),
  );
  return [...open, ...closed];
};
