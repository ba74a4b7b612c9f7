import type {
  CheckpointMark,
  EarningCheckpoint,
} from '#shared/domain/earning/earning-checkpoint.ts';
import type { EarningState } from '#shared/domain/earning/earning-state.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { rowsOf, type Transaction } from '../driver/connect.ts';
import {
  type EarningColumns,
  toEarning,
  toEarningColumns,
  walletColumns,
  walletName,
  wantedWallets,
} from '../ledger/lock-wallets.ts';

type WantedCheckpoint = Readonly<{ key: WalletKey; before: Date }>;

/** Reads the last checkpoint of each wallet that was placed before an instant, by wallet key. */
export const readCheckpoints = async (
  sql: Transaction,
  wanted: readonly WantedCheckpoint[],
): Promise<ReadonlyMap<string, EarningCheckpoint>> => {
  if (wanted.length === 0) return new Map();
  const rows = wanted.map(({ key, before }) => ({ ...key, before }));
  const found = await sql<CheckpointRow[]>`
    select wanted.tenant_id, wanted.customer_id, wanted.program, checkpoint.*
    from ${rowsOf(sql, { wanted: rows }, { ...walletColumns, before: 'timestamptz' })}
    cross join lateral (
      select no, after_entry, state, days from earning_checkpoints own
      where own.tenant_id = wanted.tenant_id and own.customer_id = wanted.customer_id
        and own.program = wanted.program and own.placed_at < wanted.before
      order by no desc limit 1) checkpoint`;
  return new Map(
    found.map(({ no, afterEntry, ...row }) => {
      const { earning: state } = toEarning(row);
      return [walletName(row), { no, afterEntry, state }];
    }),
  );
};

type CheckpointRow = WalletKey & EarningColumns & Readonly<{ no: number; afterEntry: number }>;

/** The new checkpoints of a wallet. */
export type CheckpointChange = Readonly<{
  key: WalletKey;
  /** The newest of them afterwards. */
  mark: CheckpointMark;
  /** Up to which number they stay as they are; undefined: those there are stay all. */
  keptTo: number | undefined;
  checkpoints: readonly EarningCheckpoint[];
}>;

/**
 * Replaces checkpoints of locked wallets, and drops old ones as they thin out. Sends its
 * statements at once, so that entries that the caller records next come after them.
 */
export const replaceCheckpoints = async (
  tx: Transaction,
  changes: readonly CheckpointChange[],
): Promise<void> => {
  const changed = changes.filter(
    ({ keptTo, checkpoints }) => keptTo !== undefined || checkpoints.length > 0,
  );
  if (changed.length === 0) return;
  const kept = changed.map(({ key, mark: { no }, keptTo = no }) => ({
    ...key,
    newest: no,
    keptTo,
  }));
  const dropped = tx`
    delete from earning_checkpoints own
    using ${rowsOf(tx, { wanted: kept }, { ...walletColumns, newest: 'integer', keptTo: 'integer' })}
    where (own.tenant_id, own.customer_id, own.program)
        = (wanted.tenant_id, wanted.customer_id, wanted.program)
      and (no > kept_to or newest - no >= 4 * (no & -no))`;
  const added = changed.flatMap(({ key, checkpoints }) =>
    checkpoints.map(({ no, afterEntry, state }) => ({
      ...{ ...key, no, afterEntry, ...toEarningColumns(state), placedAt: state.last?.placedAt },
    })),
  );
  // Later entries of a wallet get greater numbers than those it has.
  const taken = tx`
    insert into earning_checkpoints (tenant_id, customer_id, program, no, placed_at, after_entry, state, days)
    select wanted.tenant_id, wanted.customer_id, wanted.program, no, placed_at, coalesce(after_entry, (
        select entry_no from points_ledger entry
        where entry.tenant_id = wanted.tenant_id and entry.customer_id = wanted.customer_id
          and entry.program = wanted.program
        order by entry_no desc limit 1), 0), state, days
    from ${rowsOf(
      tx,
      { wanted: added },
      {
        ...{ ...walletColumns, no: 'integer', placedAt: 'timestamptz' },
        ...{ afterEntry: 'bigint', state: 'jsonb', days: 'json' },
      },
    )}`;
  await Promise.all(added.length === 0 ? [dropped] : [dropped, taken]);
};

/** The borders of wallets, by wallet key. */
export type Borders = ReadonlyMap<string, EarningCheckpoint>;

/**
 * Reads the borders of wallets that have archived orders. A wallet whose orders
 * depend on each other takes neither orders nor refunds from before its border.
 */
export const readBorders = async (
  sql: Transaction,
  keys: readonly WalletKey[],
): Promise<Borders> => {
  if (keys.length === 0) return new Map();
  const rows = await sql<(WalletKey & EarningColumns)[]>`
    select tenant_id, customer_id, program, state, days from ${wantedWallets(sql, keys)}
    cross join lateral (
      select state, days from earning_borders own
      where own.tenant_id = wanted.tenant_id and own.customer_id = wanted.customer_id
        and own.program = wanted.program
      limit 1) border`;
  return new Map(
    rows.map((row) => [walletName(row), { no: 0, state: toEarning(row).earning, afterEntry: 0 }]),
  );
};

/** The border of a wallet before the entries of a month that ends then can leave. */
export type NewBorder = Readonly<{ key: WalletKey; endsAt: string; state: EarningState }>;

const borderColumns = {
  ...walletColumns,
  endsAt: 'timestamptz',
  placedAt: 'timestamptz',
  state: 'jsonb',
  days: 'json',
} as const;

/** Moves the borders of locked wallets on, and drops the checkpoints before them. */
export const saveBorders = async (
  tx: Transaction,
  borders: readonly NewBorder[],
): Promise<void> => {
  const rows = borders.map(({ key, endsAt, state }) => ({
    ...{ ...key, endsAt, ...toEarningColumns(state), placedAt: state.last?.placedAt },
  }));
  await tx`
    insert into earning_borders (tenant_id, customer_id, program, ends_at, placed_at, state, days)
    select * from ${rowsOf(tx, { wanted: rows }, borderColumns)}
    on conflict (tenant_id, customer_id, program) do update set
      ends_at = excluded.ends_at, placed_at = excluded.placed_at, state = excluded.state, days = excluded.days`;
  await tx`
    delete from earning_checkpoints own using ${rowsOf(tx, { wanted: rows }, borderColumns)}
    where (own.tenant_id, own.customer_id, own.program)
        = (wanted.tenant_id, wanted.customer_id, wanted.program)
      and own.placed_at <= wanted.placed_at`;
};
