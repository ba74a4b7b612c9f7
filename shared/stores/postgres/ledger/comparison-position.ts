import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';

/** How far the comparison of all balances with the cache has come. */
export type ComparisonPosition = Readonly<{
  /** The last wallet compared; undefined when the next one is the first of all. */
  find: () => Promise<WalletKey | undefined>;
  /** The next call continues after this wallet, in any process; undefined: from the first one. */
  save: (key: WalletKey | undefined) => Promise<void>;
}>;

/** The position, kept where no restart of a pod loses it. */
export const comparisonPosition = (sql: Sql): ComparisonPosition => ({
  find: async () => {
    const [key] = await withPostgres(
      async () => sql<WalletKey[]>`
        select tenant_id, customer_id, program from cache_comparison`,
    );
    return key;
  },
  save: async (key) => {
    await withPostgres(async () =>
      key === undefined
        ? sql`delete from cache_comparison`
        : sql`
          insert into cache_comparison (tenant_id, customer_id, program)
          values (${key.tenantId}, ${key.customerId}, ${key.program})
          on conflict (is_only_row) do update set
            tenant_id = excluded.tenant_id, customer_id = excluded.customer_id, program = excluded.program`,
    );
  },
});
