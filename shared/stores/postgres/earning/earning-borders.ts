import type { EarningAccount } from '#shared/domain/earning/earning-account.ts';
import type { EarningCheckpoint } from '#shared/domain/earning/earning-checkpoint.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { rowsOf, type Transaction } from '../driver/connect.ts';
import { accountColumns, accountKey, wantedAccounts } from '../ledger/lock-accounts.ts';

/** The borders of accounts, by account key. */
export type Borders = ReadonlyMap<string, EarningCheckpoint>;

/**
 * Reads the borders of accounts that have archived orders. An account whose orders
 * depend on each other takes neither orders nor refunds from before its border.
 */
export const readBorders = async (
  sql: Transaction,
  keys: readonly WalletKey[],
): Promise<Borders> => {
  if (keys.length === 0) return new Map();
  const rows = await sql<(WalletKey & { state: EarningAccount })[]>`
    select tenant_id, customer_id, program, state from ${wantedAccounts(sql, keys)}
    cross join lateral (
      select state from earning_borders own
      where own.tenant_id = wanted.tenant_id and own.customer_id = wanted.customer_id
        and own.program = wanted.program
      limit 1) border`;
  return new Map(
    rows.map(({ state, ...key }) => [accountKey(key), { no: 0, account: state, afterEntry: 0 }]),
  );
};

/** The border of an account before the entries of a month that ends then can leave. */
export type NewBorder = Readonly<{ key: WalletKey; endsAt: string; account: EarningAccount }>;

const borderColumns = {
  ...accountColumns,
  endsAt: 'timestamptz',
  placedAt: 'timestamptz',
  state: 'jsonb',
} as const;

/** Moves the borders of locked accounts on, and drops the checkpoints before them. */
export const saveBorders = async (
  tx: Transaction,
  borders: readonly NewBorder[],
): Promise<void> => {
  const rows = borders.map(({ key, endsAt, account: state }) => ({
    ...{ ...key, endsAt, state, placedAt: state.last?.placedAt },
  }));
  await tx`
    insert into earning_borders (tenant_id, customer_id, program, ends_at, placed_at, state)
    select * from ${rowsOf(tx, { wanted: rows }, borderColumns)}
    on conflict (tenant_id, customer_id, program) do update set
      ends_at = excluded.ends_at, placed_at = excluded.placed_at, state = excluded.state`;
  await tx`
    delete from earning_checkpoints own using ${rowsOf(tx, { wanted: rows }, borderColumns)}
    where (own.tenant_id, own.customer_id, own.program)
        = (wanted.tenant_id, wanted.customer_id, wanted.program)
      and own.placed_at <= wanted.placed_at`;
};
