import { rowsOf, type Sql } from '../../driver/connect.ts';
import { inTransaction, withPostgres } from '../../driver/transaction.ts';
import type { OutboxEvent } from '../../journal/outbox.ts';
import { type Committed, combine, nothing } from '../committed.ts';
import { lockCustomers } from '../lock-customers.ts';
import { carryPoints, type TouchedAccounts } from './carry-points.ts';
import type { CarryOptions } from './carry-wallet.ts';
import { type RecoverOptions, recoverRefund, type WrittenOff } from './recover-refund.ts';

/** An account of a tenant. */
type TenantAccount = Readonly<{ tenantId: string; accountId: string }>;

type AskedAccount = TenantAccount & Readonly<{ asHome?: boolean }>;

/** Every method throws Unavailable when Postgres is unavailable; repeating is safe. */
export type AccountCarrier = Readonly<{
  /**
   * Those of the accounts whose points go to another account of their customer, and those named
   * with `asHome` to which the points of others go.
   */
  carried: (accounts: readonly AskedAccount[]) => Promise<readonly TenantAccount[]>;
  /** Those of the customers that have several accounts, or had. */
  customersToCarry: (
    tenantId: string,
    customerIds: readonly number[],
  ) => Promise<readonly number[]>;
  /**
   * Recovers what refunds of carried accounts wrote off, from the accounts that have the points:
   * see recoverRefund.
   */
  recover: <DomainEvent extends OutboxEvent>(
    tenantId: string,
    refunds: readonly WrittenOff[],
    options: RecoverOptions<DomainEvent>,
  ) => Promise<Committed<DomainEvent>>;
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
    const columns = { tenantId: 'text', accountId: 'text', asHome: 'boolean' } as const;
    return withPostgres(
      async () => sql<TenantAccount[]>`
        select distinct tenant_id, account_id from ${rowsOf(sql, { wanted: accounts }, columns)}
        where exists (select from carried_accounts own
            where own.tenant_id = wanted.tenant_id and own.account_id = wanted.account_id)
          or as_home and exists (select from carried_accounts other
            where other.tenant_id = wanted.tenant_id and other.carried_to = wanted.account_id)`,
    );
  },
  customersToCarry: async (tenantId, customerIds) => {
    const rows = await withPostgres(
      async () => sql<{ customerId: number }[]>`
        select customer_id from customer_records
        where tenant_id = ${tenantId} and customer_id = any(${customerIds}::bigint[])
        group by customer_id having count(distinct account_id) > 1
        union
        select customer_id from carried_accounts
        where tenant_id = ${tenantId} and customer_id = any(${customerIds}::bigint[])`,
    );
    return rows.map(({ customerId }) => customerId);
  },
  recover: <DomainEvent extends OutboxEvent>(
    tenantId: string,
    refunds: readonly WrittenOff[],
    options: RecoverOptions<DomainEvent>,
  ) =>
    inTransaction(sql, async (tx) => {
      await lockCustomers(tx, tenantId);
      let all: Committed<DomainEvent> = nothing;
      for (const refund of refunds) all = combine(all, await recoverRefund(tx, refund, options));
      return all;
    }),
  carry: (touched, options) =>
    inTransaction(sql, async (tx) => {
      await lockCustomers(tx, touched.tenantId);
      return carryPoints(tx, touched, options);
    }),
});
