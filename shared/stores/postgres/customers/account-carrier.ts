import { rowsOf, type Sql } from '../driver/connect.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import type { OutboxEvent } from '../journal/outbox.ts';
import { carryPoints, type TouchedAccounts } from './carry-points.ts';
import type { CarryOptions } from './carry-wallet.ts';
import type { Committed } from './committed.ts';
import { lockCustomers } from './lock-customers.ts';

/** An account of a tenant. */
export type TenantAccount = Readonly<{ tenantId: string; accountId: string }>;

/** Every method throws Unavailable when Postgres is unavailable; repeating is safe. */
export type AccountCarrier = Readonly<{
  /** Those of the accounts whose points go to another account of their customer. */
  carried: (accounts: readonly TenantAccount[]) => Promise<readonly TenantAccount[]>;
  /** Moves points so that each customer has them in one account: see carryPoints. */
  carry: <DomainEvent extends OutboxEvent>(
    touched: TouchedAccounts & Readonly<{ tenantId: string }>,
    options: CarryOptions<DomainEvent>,
  ) => Promise<Committed<DomainEvent>>;
}>;

/** Carries the points of accounts to the account that their customer has them in. */
export const accountCarrier = (sql: Sql): AccountCarrier => ({
  carried: async (accounts) => {
    if (accounts.length === 0) return [];
    const columns = { tenantId: 'text', accountId: 'text' } as const;
    return withPostgres(
      async () => sql<TenantAccount[]>`
        select distinct tenant_id, account_id from ${rowsOf(sql, { wanted: accounts }, columns)}
        join carried_accounts using (tenant_id, account_id)`,
    );
  },
  carry: (touched, options) =>
    inTransaction(sql, async (tx) => {
      await lockCustomers(tx, touched.tenantId);
      return carryPoints(tx, touched, options);
    }),
});
