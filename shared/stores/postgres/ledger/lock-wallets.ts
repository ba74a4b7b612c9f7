import type { Fragment } from 'postgres';
import { assert } from '#shared/domain/assert.ts';
import type { CheckpointMark } from '#shared/domain/earning/earning-checkpoint.ts';
import {
  type EarningDays,
  fromDifferences,
  fromTotals,
  toDifferences,
} from '#shared/domain/earning/earning-history.ts';
import type { EarningState } from '#shared/domain/earning/earning-state.ts';
import type { TierGrant } from '#shared/domain/earning/tiers/tier-grant.ts';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { Lot, OpenLot } from '#shared/domain/ledger/lot.ts';
import { emptyEverlastingLot } from '#shared/domain/ledger/lots.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { rowsOf, type Sql, type Transaction } from '../driver/connect.ts';
import { fromRow } from '../driver/from-row.ts';
import { balanceColumns, type LotRow, lotColumns } from './ledger-rows.ts';
import { type GrantsColumn, toGrants } from './tier-grants.ts';

/** A wallet that is locked until the transaction ends, with its open lots. */
export type LockedWallet = Readonly<{
  balance: Balance;
  /**
   * The everlasting lot among them, always. Their expired points are 0 here: addExpired adds them.
   */
  lots: readonly Lot[];
  /**
   * The state that orders are rated by; undefined before the first, and where they are rated alone.
   */
  earning: EarningState | undefined;
  /** The state of its checkpoints; undefined if they must not be used. */
  mark?: CheckpointMark | undefined;
  /** The days of the state as their column has them; undefined: they are to be written. */
  storedDays?: EarningDays | undefined;
  /** The tier in the last published event about the customer. */
  tier: string | undefined;
  /** Tiers that the customer's other accounts bring, in the order of time. */
  grants: readonly TierGrant[];
}>;

/** The columns that name a wallet. */
export const walletColumns = { tenantId: 'text', customerId: 'text', program: 'text' } as const;

/** Names a wallet in a map. */
export const walletName = ({ tenantId, customerId, program }: WalletKey): string =>
  `${tenantId} ${program} ${customerId}`;

/**
 * Locks wallets in key order and reads them as they are then. Missing wallets are created if
 * `create` is set; otherwise they are omitted. docs/decisions/0016 describes the order of all
 * locks: a transaction calls this once, before it writes entries or lots. Without `lots` the
 * wallets have none: orders and refunds need few of them, by readDebitedLots, and a customer may
 * have one for each day.
 *
 * The statements are sent together. Each sees what was committed before it began, so those after
 * the lock see what its last holder wrote; so does any statement that the caller sends behind them.
 */
export const lockWallets = async (
  sql: Transaction,
  keys: readonly WalletKey[],
  { create, lots: readsLots = true }: Readonly<{ create: boolean; lots?: boolean }>,
): Promise<ReadonlyMap<string, LockedWallet>> => {
  const wanted = wantedWallets(sql, keys);
  const [, balances, lots, earnings] = await Promise.all([
    create ? createOrLock(sql, wanted) : undefined,
    lockBalances(sql, wanted),
    readsLots ? readLots(sql, wanted) : [],
    readEarnings(sql, wanted),
  ]);
  const lotsOf = Map.groupBy(lots, walletName);
  const earningOf = new Map(earnings.map((row) => [walletName(row), row]));
  return new Map(
    balances.map((balance) => {
      const key = walletName(balance);
      return [
        key,
        {
          balance,
          lots: readsLots ? allLots(balance, lotsOf.get(key)) : [],
          ...earningIn(earningOf.get(key)),
        },
      ];
    }),
  );
};

/** Removes wallets that this transaction created and did not use. */
export const dropWallets = async (sql: Transaction, keys: readonly WalletKey[]): Promise<void> => {
  if (keys.length === 0) return;
  await sql`
    delete from points_balances balance using ${wantedWallets(sql, keys)}
    where (balance.tenant_id, balance.customer_id, balance.program)
      = (wanted.tenant_id, wanted.customer_id, wanted.program) and version = 0`;
};

type Wanted = ReturnType<typeof wantedWallets>;

/**
 * Creates or locks row by row: creating missing rows first and locking afterwards would lock the
 * new rows before the others.
 */
const createOrLock = (sql: Transaction, wanted: Wanted) => sql`
  insert into points_balances as existing (tenant_id, customer_id, program, points, lifetime, version, reached_at)
  select distinct tenant_id, customer_id, program, 0, 0, 0, 'epoch'::timestamptz from ${wanted}
  order by 1, 2, 3
  on conflict (tenant_id, customer_id, program) do update set version = existing.version where false`;

const lockBalances = (sql: Transaction, wanted: Wanted) => sql<Balance[]>`
  select locked.* from (select * from ${wanted} order by tenant_id, customer_id, program) wanted
  cross join lateral (
    select ${balanceColumns(sql)} from points_balances balance
    where balance.tenant_id = wanted.tenant_id and balance.customer_id = wanted.customer_id
      and balance.program = wanted.program
    limit 1 for update) locked`;

/**
 * Reads the open lots of wallets, or those that `only` allows; the everlasting ones have no rows.
 */
export const readLots = (sql: Transaction, wanted: Wanted, only: Fragment = sql``) => sql<
  (WalletKey & LotRow)[]
>`
  select tenant_id, customer_id, program, lot.* from ${wanted}
  cross join lateral (
    select ${lotColumns(sql)} from points_lots lot
    where lot.tenant_id = wanted.tenant_id and lot.customer_id = wanted.customer_id
      and lot.program = wanted.program ${only}
    offset 0) lot`;

type EarningRow = WalletKey &
  Readonly<{
    state: EarningColumns['state'] | null;
    days: EarningColumns['days'];
    tier: string | null;
    grants: GrantsColumn;
  }>;

const earningIn = (
  row: EarningRow | undefined,
): Pick<LockedWallet, 'earning' | 'mark' | 'storedDays' | 'tier' | 'grants'> => {
  if (row === undefined) return { earning: undefined, tier: undefined, grants: [] };
  const { state, days, tier } = row;
  const earning = state === null ? { earning: undefined } : toEarning({ state, days });
  return { ...earning, tier: tier ?? undefined, grants: toGrants(row.grants) };
};

const readEarnings = (sql: Transaction, wanted: Wanted) => sql<EarningRow[]>`
  select tenant_id, customer_id, program, state, days, tier, grants
  from ${wanted}
  left join lateral (
    select state, days, tier from earning_accounts own
    where own.tenant_id = wanted.tenant_id and own.customer_id = wanted.customer_id
      and own.program = wanted.program
    limit 1) earning on true
  cross join lateral granted_tiers(tenant_id, customer_id, program)
  where num_nonnulls(state, grants) > 0`;

/**
 * Wallets to look up one by one. The planner knows neither how many there are nor, in a young
 * database, how many rows the tables have; so each look-up is a lateral sub-select with a limit or
 * offset, which it can only do by the key.
 */
export const wantedWallets = (sql: Sql | Transaction, keys: readonly WalletKey[]) =>
  rowsOf(sql, { wanted: keys }, walletColumns);

/**
 * An earning state as the columns `state` and `days` of a row. Most orders leave the days as they
 * are, and Postgres does not write a long column again that stays the same.
 */
export type EarningColumns = Readonly<{
  state: Omit<EarningState, 'days'> &
    Readonly<{
      mark?: CheckpointMark;
      /** The totals of each date, which the version before stored instead of the column `days`. */
      days?: Parameters<typeof fromTotals>[1];
    }>;
  /** By toDifferences. */
  days: EarningDays | null;
}>;

/** The state in a row. */
export const toEarning = ({
  state: { mark, days: totals, ...state },
  days: stored,
}: EarningColumns): Pick<LockedWallet, 'mark' | 'storedDays'> &
  Readonly<{ earning: EarningState }> => {
  const storedDays = totals === undefined && stored !== null ? fromDifferences(stored) : undefined;
  const days = storedDays ?? fromTotals(state.lifetime, totals ?? {});
  return { earning: { ...state, days }, mark, storedDays };
};

/** The columns of a state. */
export const toEarningColumns = ({ days, ...state }: EarningState): EarningColumns => ({
  state,
  days: toDifferences(days),
});

/** The lot in a row, with no points that have expired until addExpired adds them. */
export const toLot = ({
  tenantId: _t,
  customerId: _c,
  program: _p,
  ...row
}: WalletKey & LotRow): Lot => ({
  ...fromRow<OpenLot>(row),
  expired: 0,
});

/** The lots in the rows of a wallet, and the everlasting one, which has no row. */
export const allLots = (
  balance: Balance,
  rows: readonly (WalletKey & LotRow)[] = [],
): readonly Lot[] => {
  const own = rows.map(toLot);
  return [...own, everlastingLot(balance, own)];
};

/** What the balance holds beyond the lots that have rows. */
const everlastingLot = ({ points, reserved }: Balance, lots: readonly Lot[]): Lot => {
  const usable = lots.filter(({ account }) => account === 'available');
  return {
    ...emptyEverlastingLot,
    points: points - usable.reduce((sum, lot) => sum + lot.points, 0),
    reserved: reserved - usable.reduce((sum, lot) => sum + lot.reserved, 0),
  };
};

/** The locked wallet with a key that was locked with `create`. */
export const lockedWallet = (
  locked: ReadonlyMap<string, LockedWallet>,
  key: WalletKey,
): LockedWallet => {
  const wallet = locked.get(walletName(key));
  assert(wallet, `wallet ${walletName(key)} is locked`);
  return wallet;
};
