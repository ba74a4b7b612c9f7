import { type Balance, cachedDays } from '#shared/domain/ledger/balance.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';
import { balanceColumns } from './ledger-rows.ts';
import { wantedWallets } from './lock-wallets.ts';

/** A balance as Postgres has it. */
export type CurrentBalance = Balance &
  Readonly<{
    /** It has not changed for longer than a write-through takes, so the cache should know it. */
    isSettled: boolean;
    /** It has not changed for so long that it may have expired from the cache. */
    mayBeExpired: boolean;
  }>;

type Page = Readonly<{ tenantId?: string | undefined; balancesMax: number }>;

export type CurrentBalances = Readonly<{
  /**
   * The balances of these wallets, in no order; of a wallet that does not exist there is none.
   */
  find: (keys: readonly WalletKey[]) => Promise<readonly Balance[]>;
  /**
   * The next balances of a tenant or of all, in the order of their keys: each that exists
   * throughout is returned once.
   */
  page: (after: WalletKey | undefined, page: Page) => Promise<readonly CurrentBalance[]>;
  /** How many there are. */
  count: (tenantId?: string) => Promise<number>;
}>;

/** All balances of all programs, by key. */
export const currentBalances = (sql: Sql): CurrentBalances => ({
  find: async (keys) => {
    if (keys.length === 0) return [];
    return withPostgres(
      async () => sql<Balance[]>`
        select balance.* from ${wantedWallets(sql, keys)}
        cross join lateral (
          select ${balanceColumns(sql)} from points_balances balance
          where balance.tenant_id = wanted.tenant_id and balance.customer_id = wanted.customer_id
            and balance.program = wanted.program
          limit 1) balance`,
    );
  },

  page: (after, { tenantId, balancesMax }) =>
    withPostgres(
      async () => sql<CurrentBalance[]>`
        select ${balanceColumns(sql)}, updated_at < now() - interval '10 seconds' as is_settled,
          updated_at < now() - make_interval(days => ${cachedDays}) as may_be_expired
        from points_balances balance
        where (tenant_id, customer_id, program)
          > (${after?.tenantId ?? ''}, ${after?.customerId ?? ''}, ${after?.program ?? ''})
          ${tenantId === undefined ? sql`` : sql`and tenant_id = ${tenantId}`}
        order by tenant_id, customer_id, program
        limit ${balancesMax}`,
    ),

  count: async (tenantId) => {
    const [row] = await withPostgres(
      async () => sql<[{ balances: number }]>`
        select count(*) as balances from points_balances
        ${tenantId === undefined ? sql`` : sql`where tenant_id = ${tenantId}`}`,
    );
    return row.balances;
  },
});
