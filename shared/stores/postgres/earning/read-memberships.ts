import type { Membership } from '#shared/domain/earning/program-order.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Transaction } from '../driver/connect.ts';
import { wantedAccounts } from '../ledger/hold-accounts.ts';

type Row = Pick<WalletKey, 'tenantId' | 'customerId'> &
  Readonly<{ cohort: string; since: Date; until: Date | null }>;

/** Reads in which cohorts customers are or ever were, by tenant and customer. */
export const readMemberships = async (
  sql: Transaction,
  keys: readonly WalletKey[],
): Promise<ReadonlyMap<string, readonly Membership[]>> => {
  const rows = await sql<Row[]>`
    select tenant_id, customer_id, cohort, since, nullif(until, 'infinity') as until
    from (select distinct tenant_id, customer_id from ${wantedAccounts(sql, keys)}) wanted
    cross join lateral (
      select cohort, since, until from cohort_members member
      where member.tenant_id = wanted.tenant_id and member.customer_id = wanted.customer_id
      offset 0) member`;
  const byCustomer = Map.groupBy(rows, ({ tenantId, customerId }) => `${tenantId} ${customerId}`);
  return new Map(
    Array.from(byCustomer, ([customer, own]) => [
      customer,
      own.map(({ cohort, since, until }) => ({ cohort, since, until: until ?? undefined })),
    ]),
  );
};
