import type { EarningState } from '#shared/domain/earning/earning-state.ts';
import type { TierGrant } from '#shared/domain/earning/tiers/tier-grant.ts';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { OpenLot } from '#shared/domain/ledger/lot.ts';
import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Redemption } from '#shared/domain/wallets/redemption.ts';
import type { Sql } from '../driver/connect.ts';
import { fromRow, type RowOf } from '../driver/from-row.ts';
import { withPostgres } from '../driver/transaction.ts';
import { isOf, sumsBefore } from '../ledger/balance-snapshots.ts';
import { balanceColumns, type LotRow, lotColumns } from '../ledger/ledger-rows.ts';
import { type EarningColumns, toEarning } from '../ledger/lock-wallets.ts';
import { refuseArchived } from '../ledger/refuse-archived.ts';
import { type GrantsColumn, toGrants } from '../ledger/tier-grants.ts';
import { readStatement, type StatementPage, type StatementQuery } from './read-statement.ts';
import { findRedemption, type RedemptionKey } from './redemption-rows.ts';

/** What the tier of a wallet depends on. */
export type TierBasis = Readonly<{
  /**
   * The state that a wallet's orders are rated by; undefined before the first, and where orders are
   * rated alone.
   */
  earning: EarningState | undefined;
  /** Tiers granted because of the customer's other accounts. */
  grants: readonly TierGrant[];
}>;

/** A wallet's balance, and what its tier follows from. */
type Wallet = TierBasis & Readonly<{ balance: Balance }>;

/** The balance of a wallet at an instant in the past. */
export type PastBalance = Pick<Balance, 'points' | 'pending' | 'reserved' | 'lifetime'>;

/**
 * Reads without locks, each answer as of one moment. Every method throws Unavailable when Postgres
 * is not there.
 */
export type WalletReader = Readonly<{
  /** The wallets that a customer has, by program. */
  wallets: (customer: Pick<WalletKey, 'tenantId' | 'customerId'>) => Promise<readonly Wallet[]>;
  /** What the tier of a wallet follows from. */
  tierBasis: (wallet: WalletKey) => Promise<TierBasis>;
  /**
   * What the ledger recorded up to an instant, to the millisecond; only transactions in progress at
   * that instant can still add to it. Of reservations it counts those that had begun and not ended.
   * @throws RecordArchived when the wallet has archived entries of then or later
   */
  balanceAt: (wallet: WalletKey, at: Date) => Promise<PastBalance>;
  /** The lots that have or owe points, in no order; their sum is the balance. */
  lots: (wallet: WalletKey) => Promise<readonly OpenLot[]>;
  /** A page of what happened. */
  statement: (wallet: WalletKey, query: StatementQuery) => Promise<StatementPage>;
  /** A redemption as it was last written down; undefined when the wallet has none of this id. */
  redemption: (key: RedemptionKey) => Promise<Redemption | undefined>;
}>;

/** Queries about wallets, for customers and shops. */
export const walletReader = (sql: Sql): WalletReader => ({
  wallets: ({ tenantId, customerId }) =>
    withPostgres(async () => {
      const rows = await sql<(Balance & BasisRow)[]>`
        select ${balanceColumns(sql)}, state, days, grants
        from points_balances balance left join earning_accounts using (tenant_id, customer_id, program)
        cross join lateral granted_tiers(tenant_id, customer_id, program)
        where tenant_id = ${tenantId} and customer_id = ${customerId}
        order by program`;
      return rows.map(({ state, days, grants, ...balance }) => ({
        balance,
        ...toBasis({ state, days, grants }),
      }));
    }),
  tierBasis: ({ tenantId, customerId, program }) =>
    withPostgres(async () => {
      const [row] = await sql<[BasisRow]>`
        select state, days, grants from granted_tiers(${tenantId}, ${customerId}, ${program})
        left join earning_accounts
          on tenant_id = ${tenantId} and customer_id = ${customerId} and program = ${program}`;
      return toBasis(row);
    }),
  balanceAt: (wallet, at) => withPostgres(() => readBalanceAt(sql, wallet, at)),
  lots: (wallet) => withPostgres(() => readLots(sql, wallet)),
  statement: (wallet, query) => withPostgres(() => readStatement(sql, wallet, query)),
  redemption: (key) => withPostgres(() => findRedemption(sql, key)),
});

type BasisRow = RowOf<Partial<EarningColumns>> & Readonly<{ grants: GrantsColumn }>;

const toBasis = ({ state, days, grants }: BasisRow): TierBasis => ({
  earning: state === null ? undefined : toEarning({ state, days }).earning,
  grants: toGrants(grants),
});

/**
 * Instants from outside name milliseconds, the database knows more: an entry counts from the
 * millisecond that it shows.
 */
const readBalanceAt = async (sql: Sql, wallet: WalletKey, at: Date): Promise<PastBalance> => {
  const end = new Date(at.getTime() + 1);
  const [sums, [{ reserved }]] = await Promise.all([
    sumsBefore(sql, wallet, end),
    sql<[{ reserved: number }]>`
      select coalesce(sum(points), 0)::bigint as reserved from redemptions
      where ${isOf(sql, wallet)} and created_at < ${end} and coalesce(ended_at, times_out_at) >= ${end}`,
  ]);
  await refuseArchived(sql, wallet, [at]);
  return { ...sums, reserved };
};

/** One statement, so that balance and lots are of one moment. */
const readLots = async (
  sql: Sql,
  { tenantId, customerId, program }: WalletKey,
): Promise<readonly OpenLot[]> => {
  const rows = await sql<LotRow[]>`
    with lot as (
      select * from points_lots
      where tenant_id = ${tenantId} and customer_id = ${customerId} and program = ${program}
    ), everlasting as (
      select balance.points - coalesce(sum(lot.points), 0)::bigint as points,
        balance.reserved - coalesce(sum(lot.reserved), 0)::bigint as reserved
      from points_balances balance left join lot on lot.account = 'available'
      where balance.tenant_id = ${tenantId} and balance.customer_id = ${customerId} and balance.program = ${program}
      group by balance.points, balance.reserved
    )
    select ${lotColumns(sql)} from lot
    union all
    select ${everlastingLotId}::uuid, 'available', points, reserved, null, null, null, null
    from everlasting where points <> 0 or reserved <> 0`;
  return rows.map(fromRow<OpenLot>);
};
