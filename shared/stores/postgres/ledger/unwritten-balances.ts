import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { rowsOf, type Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';
import { balanceColumns } from './ledger-rows.ts';
import { walletColumns } from './lock-wallets.ts';

type Version = WalletKey & Pick<Balance, 'version'>;

export type UnwrittenBalances = Readonly<{
  /**
   * Records balances that could not be written through. Durable when it resolves; repeating is
   * safe.
   * @throws Unavailable if Postgres is unavailable; then they are not recorded for repetition.
   */
  note: (balances: readonly Version[]) => Promise<void>;
  /**
   * Recorded balances, in the order of their keys, with their current values in Postgres, which are
   * to be written through.
   */
  page: (after: WalletKey | undefined, balancesMax: number) => Promise<readonly Balance[]>;
  /** Deletes balances that were written through, unless a newer version was recorded. */
  remove: (balances: readonly Version[]) => Promise<void>;
}>;

/** Balances that the cache may lack. */
export const unwrittenBalances = (sql: Sql): UnwrittenBalances => ({
  note: async (balances) => {
    if (balances.length === 0) return;
    await withPostgres(
      async () => sql`
        insert into unwritten_balances as existing (tenant_id, customer_id, program, version)
        select tenant_id, customer_id, program, max(version) from ${versions(sql, balances)}
        group by tenant_id, customer_id, program
        order by tenant_id, customer_id, program
        on conflict (tenant_id, customer_id, program) do update set version = excluded.version
        where existing.version < excluded.version`,
    );
  },

  page: (after, balancesMax) =>
    withPostgres(
      async () => sql<Balance[]>`
        select ${balanceColumns(sql)}
        from unwritten_balances noted join points_balances balance using (tenant_id, customer_id, program)
        where (noted.tenant_id, noted.customer_id, noted.program)
          > (${after?.tenantId ?? ''}, ${after?.customerId ?? ''}, ${after?.program ?? ''})
        order by noted.tenant_id, noted.customer_id, noted.program
        limit ${balancesMax}`,
    ),

  remove: async (balances) => {
    if (balances.length === 0) return;
    await withPostgres(
      // Locked in the order in which they are recorded, so that the two cannot deadlock.
      async () => sql`
        with done as (
          select tenant_id, customer_id, program, written.version
          from unwritten_balances noted join ${versions(sql, balances)} using (tenant_id, customer_id, program)
          where noted.version <= written.version
          order by tenant_id, customer_id, program
          for update of noted
        )
        delete from unwritten_balances noted using done
        where (noted.tenant_id, noted.customer_id, noted.program) = (done.tenant_id, done.customer_id, done.program)
          and noted.version <= done.version`,
    );
  },
});

const versions = (sql: Sql, balances: readonly Version[]) =>
  rowsOf(sql, { written: balances }, { ...walletColumns, version: 'bigint' });
