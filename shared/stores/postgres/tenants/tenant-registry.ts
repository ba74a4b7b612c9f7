import { assert } from '#shared/domain/assert.ts';
import { mainProgram } from '#shared/domain/earning/program.ts';
import type { Retention } from '#shared/domain/time/retention.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import { recordChange } from '../journal/record-change.ts';
import { type OwnRetention, toRetention, writeRetention } from './retention-terms.ts';
import type { Tenant } from './tenant-store.ts';

/** A tenant as it was made. */
export type TenantRecord = Omit<Tenant, 'programs' | 'boards'> &
  Readonly<{ retention: Retention; createdAt: Date }>;

/** The outcome of creating a tenant. */
export type TenantCreation = Readonly<
  | { kind: 'created'; record: TenantRecord }
  /** The id belongs to a tenant with another name, currency or time zone. */
  | { kind: 'exists' }
>;

type NewTenant = Pick<Tenant, 'tenantId' | 'name' | 'currency' | 'timeZone'> &
  Readonly<{ createdBy: string }>;

export type TenantRegistry = Readonly<{
  find: (tenantId: string) => Promise<TenantRecord | undefined>;
  /**
   * Creates a tenant with its first program and board and without limits, and records who did; of
   * several concurrent requests with one id, one succeeds. Making the same tenant again changes
   * nothing.
   */
  create: (tenant: NewTenant) => Promise<TenantCreation>;
  /**
   * Sets how long records of a tenant are kept, and records who did; omitted kinds get the
   * defaults. Returns the tenant; undefined when there is none. Repeating changes nothing.
   */
  setRetention: (
    tenantId: string,
    change: Readonly<{ retention: OwnRetention; subject: string }>,
  ) => Promise<TenantRecord | undefined>;
}>;

/** Tenants as operators manage them. */
export const tenantRegistry = (sql: Sql): TenantRegistry => ({
  find: (tenantId) => withPostgres(() => read(sql, tenantId)),
  create: (tenant) => inTransaction(sql, (tx) => create(tx, tenant)),
  setRetention: (tenantId, change) =>
    inTransaction(sql, (tx) => setRetention(tx, tenantId, change)),
});

const read = async (
  sql: Sql | Transaction,
  tenantId: string,
): Promise<TenantRecord | undefined> => {
  const [row] = await sql<
    (Omit<TenantRecord, 'retention'> & { months: Record<string, number | null> })[]
  >`
    select tenant_id, name, currency, time_zone, status, created_at, (
      select coalesce(json_object_agg(table_name, months), '{}') from retention
      where retention.tenant_id = tenants.tenant_id) as months
    from tenants where tenant_id = ${tenantId}`;
  if (row === undefined) return undefined;
  const { months, ...record } = row;
  return { ...record, retention: toRetention(months) };
};

const setRetention = async (
  tx: Transaction,
  tenantId: string,
  { retention, subject }: Readonly<{ retention: OwnRetention; subject: string }>,
): Promise<TenantRecord | undefined> => {
  // Locking the tenant lets one change come after the other.
  await tx`select from tenants where tenant_id = ${tenantId} for no key update`;
  const before = await read(tx, tenantId);
  if (before === undefined) return undefined;
  await writeRetention(tx, tenantId, retention);
  const record = await read(tx, tenantId);
  assert(record, 'a locked tenant exists');
  if (JSON.stringify(record.retention) !== JSON.stringify(before.retention))
    await recordChange(tx, {
      ...{ tenantId, subject, action: 'retention.set', resource: 'retention' },
      ...{ before: before.retention, after: record.retention },
    });
  return record;
};

const create = async (
  tx: Transaction,
  { tenantId, name, currency, timeZone, createdBy: subject }: NewTenant,
): Promise<TenantCreation> => {
  // A concurrent request waits here until the first has finished.
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
