import { isDeepStrictEqual } from 'node:util';
import type { PushDefaults } from '#shared/domain/inbox/plan-push.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import { recordChange } from '../journal/record-change.ts';

type Change = Readonly<{ defaults: PushDefaults; subject: string }>;

/** Every method throws Unavailable when Postgres is unavailable; repeating is safe. */
export type PushDefaultsStore = Readonly<{
  /** What the tenant set; null where it set nothing, undefined where there is no tenant. */
  find: (tenantId: string) => Promise<PushDefaults | null | undefined>;
  /**
   * Sets them from the next notification on, and records who did. Repeating changes nothing.
   * Returns whether there is the tenant.
   */
  set: (tenantId: string, change: Change) => Promise<boolean>;
}>;

/** What tenants set for the phones of users who stored no preferences. */
export const pushDefaultsStore = (sql: Sql): PushDefaultsStore => ({
  find: (tenantId) => withPostgres(() => read(sql, tenantId)),
  set: (tenantId, change) => inTransaction(sql, (tx) => set(tx, tenantId, change)),
});

const read = async (sql: Sql | Transaction, tenantId: string) => {
  const [row] = await sql<{ pushDefaults: PushDefaults | null }[]>`
    select push_defaults from tenants where tenant_id = ${tenantId}`;
  return row?.pushDefaults;
};

const set = async (
  tx: Transaction,
  tenantId: string,
  { defaults, subject }: Change,
): Promise<boolean> => {
  // Locking the tenant lets one change come after the other.
  await tx`select from tenants where tenant_id = ${tenantId} for no key update`;
  const before = await read(tx, tenantId);
  if (before === undefined) return false;
  if (isDeepStrictEqual(before, defaults)) return true;
  await tx`
    update tenants set push_defaults = ${tx.json(defaults)} where tenant_id = ${tenantId}`;
  await recordChange(tx, {
    ...{ tenantId, subject, action: 'push-defaults.set', resource: 'push-defaults' },
    ...(before !== null && { before }),
    after: defaults,
  });
  return true;
};
