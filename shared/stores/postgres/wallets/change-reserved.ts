import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { LotShare } from '#shared/domain/wallets/redemption.ts';
import { rowsOf, type Transaction } from '../driver/connect.ts';
import { balanceColumns } from '../ledger/ledger-rows.ts';
import { walletColumns } from '../ledger/lock-wallets.ts';

/** Points to reserve in the lots of a wallet, or to release where they are negative. */
export type ReservedChange = WalletKey & Readonly<{ lots: readonly LotShare[] }>;

/**
 * Changes the reserved points of locked wallets, and of those of their lots that have rows; returns
 * the new balances. `versions` is 0 where entries that count as the same change follow.
 */
export const changeReserved = async (
  sql: Transaction,
  changes: readonly ReservedChange[],
  { versions }: Readonly<{ versions: 0 | 1 }>,
): Promise<readonly Balance[]> => {
  const parts = changes.flatMap(({ lots, ...wallet }) =>
    lots.map((lot) => ({ ...wallet, ...lot })),
  );
  if (parts.length === 0) return [];
  return sql<Balance[]>`
    with part as (
      select tenant_id, customer_id, program, lot_id, sum(points)::bigint as points
      from ${rowsOf(sql, { part: parts }, { ...walletColumns, lotId: 'uuid', points: 'bigint' })}
      group by tenant_id, customer_id, program, lot_id
    ), changed as (
      update points_lots lot set reserved = lot.reserved + part.points
      from part
      where lot.account = 'available' and (lot.tenant_id, lot.customer_id, lot.program, lot.lot_id)
        = (part.tenant_id, part.customer_id, part.program, part.lot_id)
    ), wallet as (
      select tenant_id, customer_id, program, sum(points)::bigint as points
      from part group by tenant_id, customer_id, program
    )
    update points_balances balance set reserved = balance.reserved + wallet.points,
      version = balance.version + ${versions}, updated_at = now()
    from wallet
    where (balance.tenant_id, balance.customer_id, balance.program)
      = (wallet.tenant_id, wallet.customer_id, wallet.program)
    returning ${balanceColumns(sql)}`;
};

/** The change that releases what lots reserve. */
export const releaseOf = ({ lots, ...wallet }: ReservedChange): ReservedChange => ({
  ...wallet,
  lots: lots.map(({ lotId, points }) => ({ lotId, points: -points })),
});
