import type { Lot } from '#shared/domain/ledger/lot.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Transaction } from '../driver/connect.ts';
import { accountKey, type HeldAccount, wantedAccounts } from './hold-accounts.ts';

/**
 * Adds to these of the held accounts how many points lapsed in each of their lots, closed ones
 * included: whoever takes points back does not ask for lapsed ones again.
 */
export const addLapsed = async (
  sql: Transaction,
  held: ReadonlyMap<string, HeldAccount>,
  keys: readonly WalletKey[],
): Promise<ReadonlyMap<string, HeldAccount>> => {
  if (keys.length === 0) return held;
  const rows = await sql<LapsedRow[]>`
    select tenant_id, customer_id, program, lapsed.* from ${wantedAccounts(sql, keys)}
    cross join lateral (
      select lot_id, points, expires_at from lapsed_lots lot
      where lot.tenant_id = wanted.tenant_id and lot.customer_id = wanted.customer_id
        and lot.program = wanted.program and points <> 0
      offset 0) lapsed`;
  const lapsedIn = Map.groupBy(rows, accountKey);
  return new Map(
    Array.from(held, ([key, account]) => [
      key,
      { ...account, lots: withLapsed(account.lots, lapsedIn.get(key) ?? []) },
    ]),
  );
};

type LapsedRow = WalletKey & Pick<Lot, 'lotId' | 'points'> & Readonly<{ expiresAt: Date }>;

const withLapsed = (lots: readonly Lot[], rows: readonly LapsedRow[]): readonly Lot[] => {
  const lapsedOf = new Map(rows.map((row) => [row.lotId, row]));
  const open = lots.map((lot) => {
    const lapsed = lot.account === 'available' ? lapsedOf.get(lot.lotId) : undefined;
    if (lapsed === undefined) return lot;
    lapsedOf.delete(lot.lotId);
    return { ...lot, expired: lapsed.points };
  });
  const closed = Array.from(
    lapsedOf.values(),
    ({ lotId, points, expiresAt }): Lot => ({
      ...{ lotId, expiresAt, account: 'available', points: 0, reserved: 0 },
      expired: points,
    }),
  );
  return [...open, ...closed];
};
