import type { Fragment } from 'postgres';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { Lot } from '#shared/domain/ledger/lot.ts';
import { canGive, type LotDebit } from '#shared/domain/ledger/lots.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { rowsOf, type Transaction } from '../driver/connect.ts';
import { readExpired, withExpired } from './add-expired.ts';
import {
  allLots,
  readLots,
  toLot,
  walletColumns,
  walletName,
  wantedWallets,
} from './lock-wallets.ts';

type Debited = Readonly<{
  wallet: Readonly<{ key: WalletKey; balance: Balance }>;
  debits: readonly LotDebit[];
}>;

/**
 * Reads the lots of locked wallets that are debited, with the points that expired in them, by
 * wallet key; and all lots of wallets in which these cannot give what is debited. A customer may
 * have a lot for each day, and an order mostly gives back points from its own.
 */
export const readDebitedLots = async (
  sql: Transaction,
  debited: readonly Debited[],
  now: Date,
): Promise<ReadonlyMap<string, readonly Lot[]>> => {
  const own = await readOwnLots(sql, debited);
  const short = debited.filter(
    ({ wallet, debits }) => !canGive(own.get(walletName(wallet.key)) ?? [], { debits, now }),
  );
  return new Map([...own, ...(await readAllLots(sql, short))]);
};

const readOwnLots = (sql: Transaction, debited: readonly Debited[]) => {
  const rows = debited.flatMap(({ wallet: { key }, debits }) =>
    debits.map(({ lotId }) => ({ ...key, lotId })),
  );
  const wanted = rowsOf(sql, { wanted: rows }, { ...walletColumns, lotId: 'uuid' });
  const reading = { wanted, only: sql`and lot.lot_id = wanted.lot_id` };
  return readLotsOf(sql, debited, { ...reading, toLots: (_balance, own) => own.map(toLot) });
};

const readAllLots = (sql: Transaction, debited: readonly Debited[]) => {
  const wanted = wantedWallets(
    sql,
    debited.map(({ wallet: { key } }) => key),
  );
  return readLotsOf(sql, debited, { wanted, only: sql``, toLots: allLots });
};

type Reading = Readonly<{
  wanted: Fragment;
  only: Fragment;
  toLots: (...of: Required<Parameters<typeof allLots>>) => readonly Lot[];
}>;

const readLotsOf = async (
  sql: Transaction,
  debited: readonly Debited[],
  { wanted, only, toLots }: Reading,
): Promise<ReadonlyMap<string, readonly Lot[]>> => {
  if (debited.length === 0) return new Map();
  const [open, lapsed] = await Promise.all([
    readLots(sql, wanted, only),
    readExpired(sql, wanted, only),
  ]);
  const openOf = Map.groupBy(open, walletName);
  const lapsedOf = Map.groupBy(lapsed, walletName);
  return new Map(
    debited.map(({ wallet: { key, balance } }) => {
      const own = toLots(balance, openOf.get(walletName(key)) ?? []);
      return [walletName(key), withExpired(own, lapsedOf.get(walletName(key)) ?? [])];
    }),
  );
};
