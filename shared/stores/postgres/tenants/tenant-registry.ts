import { assert } from '#shared/domain/assert.ts';
import { mainProgram } from '#shared/domain/earning/program.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { withPostgres } from '../driver/postgres-error.ts';
import { inTransaction } from '../driver/transaction.ts';
import { recordChange } from '../journal/record-change.ts';
import type { Tenant } from './tenant-store.ts';

/** A tenant as it was made. */
export type TenantRecord = Omit<Tenant, 'programs' | 'boards'> & Readonly<{ createdAt: Date }>;

/** What became of a tenant that was to be made. */
export type TenantCreation = Readonly<
  | { kind: 'created'; record: TenantRecord }
  /** The id stands for a tenant with another name, currency or time zone. */
  | { kind: 'exists' }
>;

type NewTenant = Pick<Tenant, 'tenantId' | 'name' | 'currency' | 'timeZone'> &
  Readonly<{ createdBy: string }>;

export type TenantRegistry = Readonly<{
  find: (tenantId: string) => Promise<TenantRecord | undefined>;
  /**
   * Makes a tenant with its first program and board and with limits that limit nothing, and notes who did; of several at once
   * under one id, one. Making the same tenant again changes nothing.
   */
  create: (tenant: NewTenant) => Promise<TenantCreation>;
}>;

/** Tenants as operators manage them. */
export const tenantRegistry = (sql: Sql): TenantRegistry => ({
  find: (tenantId) => withPostgres(() => read(sql, tenantId)),
  create: (tenant) => inTransaction(sql, (tx) => create(tx, tenant)),
});

const read = async (
  sql: Sql | Transaction,
  tenantId: string,
): Promise<TenantRecord | undefined> => {
  const [record] = await sql<TenantRecord[]>`
    select tenant_id, name, currency, time_zone, status, created_at
    from tenants where tenant_id = ${tenantId}`;
  return record;
};

const create = async (
  tx: Transaction,
  { tenantId, name, currency, timeZone, createdBy: subject }: NewTenant,
): Promise<TenantCreation> => {
  // Whoever comes second waits here until the first is done.
  const { count } = await tx`
    insert into tenants (tenant_id, name, currency, time_zone) values (${tenantId}, ${name}, ${currency}, ${timeZone})
    on conflict (tenant_id) do nothing`;
  if (count > 0) {
    await equip(tx, tenantId);
    const after = { name, currency, timeZone };
    await recordChange(tx, { tenantId, subject, action: 'tenant.created', resource: '', after });
  }
  const record = await read(tx, tenantId);
  assert(record, 'a tenant that was made is there');
  const isSame =
    record.name === name && record.currency === currency && record.timeZone === timeZone;
  return isSame ? { kind: 'created', record } : { kind: 'exists' };
};

/** What every tenant has from the beginning. */
const equip = async (tx: Transaction, tenantId: string): Promise<void> => {
  await tx`
    insert into programs (tenant_id, program, name) values (${tenantId}, ${mainProgram}, 'Points')`;
  await tx`insert into boards (tenant_id, board) values (${tenantId}, 'main')`;
  await tx`
    insert into limits (tenant_id, scope)
    select ${tenantId}, scope from unnest(array['GLOBAL', 'USER']) scope`;
};
