import { assert } from '#shared/domain/assert.ts';
import type { Caps, LimitScope } from '#shared/domain/limits/caps.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import { recordChange } from '../journal/record-change.ts';

/** The scopes of a tenant's own limits: all users together, or each user. */
type TenantScope = Extract<LimitScope, 'GLOBAL' | 'USER'>;

/**
 * The caps of a tenant, empty for a scope without limits, and how often each scope was changed: the
 * versions identify a state.
 */
export type TenantLimits = Readonly<{
  tenantId: string;
  caps: Readonly<Record<TenantScope, Caps>>;
  versions: Readonly<Record<TenantScope, number>>;
}>;

/** Names a state of a tenant's limits. */
export const revisionOf = ({ versions: { GLOBAL, USER } }: TenantLimits): string =>
  `${GLOBAL}.${USER}`;

/** The outcome of setting caps. */
export type LimitChange = Readonly<
  { kind: 'set'; limits: TenantLimits } | { kind: 'changed-meanwhile' } | { kind: 'unknown-tenant' }
>;

type Setting = Readonly<{
  tenantId: string;
  /** Who sets them: the subject of their token. */
  subject: string;
  /** The revision of the limits that the change was made on; any where it is left out. */
  ifRevision?: string | undefined;
}>;

export type LimitStore = Readonly<{
  /** The caps of a tenant as they are now; undefined where there is no such tenant. */
  find: (tenantId: string) => Promise<TenantLimits | undefined>;
  /**
   * Replaces all caps of a scope and records who did. Setting the same caps again changes nothing.
   */
  upsert: (scope: TenantScope, caps: Caps, setting: Setting) => Promise<LimitChange>;
}>;

/**
 * The limits of tenants, for all users together and per user. Limits of campaigns are part of their
 * terms.
 */
export const limitStore = (sql: Sql): LimitStore => ({
  find: (tenantId) => withPostgres(() => read(sql, tenantId)),
  upsert: (scope, caps, setting) =>
    inTransaction(sql, (tx) => upsert(tx, scope, { caps, setting })),
});

type Row = Readonly<{
  scope: TenantScope | null;
  maxPerDay: number | null;
  maxTotal: number | null;
  windowDays: number | null;
  amounts: NonNullable<Caps['amounts']>;
  version: number;
}>;

const read = async (
  sql: Sql | Transaction,
  tenantId: string,
): Promise<TenantLimits | undefined> => {
  const rows = await sql<Row[]>`
    select scope, max_per_day, max_total, window_days, amounts, version
    from tenants left join limits using (tenant_id) where tenant_id = ${tenantId}`;
  if (rows.length === 0) return undefined;
  const rowOf = (scope: TenantScope) => rows.find((row) => row.scope === scope);
  const global = rowOf('GLOBAL');
  const user = rowOf('USER');
  return {
    tenantId,
    caps: { GLOBAL: toCaps(global), USER: toCaps(user) },
    versions: { GLOBAL: global?.version ?? 0, USER: user?.version ?? 0 },
  };
};

const toCaps = (row: Row | undefined): Caps => {
  if (row === undefined) return {};
  const { maxPerDay, maxTotal, windowDays, amounts } = row;
  return {
    ...(maxPerDay !== null && { maxPerDay }),
    ...(maxTotal !== null && { maxTotal }),
    ...(windowDays !== null && { windowDays }),
    ...(Object.keys(amounts).length > 0 && { amounts }),
  };
};

const upsert = async (
  tx: Transaction,
  scope: TenantScope,
  { caps, setting }: Readonly<{ caps: Caps; setting: Setting }>,
): Promise<LimitChange> => {
  const { tenantId, subject, ifRevision } = setting;
  // Holding the tenant lets one after the other look and change.
  await tx`select from tenants where tenant_id = ${tenantId} for no key update`;
  const before = await read(tx, tenantId);
  if (before === undefined) return { kind: 'unknown-tenant' };
  if (ifRevision !== undefined && ifRevision !== revisionOf(before))
    return { kind: 'changed-meanwhile' };
  if (!(await write(tx, scope, { tenantId, caps }))) return { kind: 'set', limits: before };
  const limits = await read(tx, tenantId);
  assert(limits, 'a tenant that is locked exists');
  await recordChange(tx, {
    tenantId,
    subject,
    action: 'limits.set',
    resource: scope === 'USER' ? 'user-limits' : 'limits',
    before: before.caps[scope],
    after: limits.caps[scope],
  });
  return { kind: 'set', limits };
};

/** Returns whether they are others than before. */
const write = async (
  tx: Transaction,
  scope: TenantScope,
  { tenantId, caps }: Readonly<{ tenantId: string; caps: Caps }>,
): Promise<boolean> => {
  const { maxPerDay = null, maxTotal = null, windowDays = null, amounts = {} } = caps;
  const { count } = await tx`
    insert into limits as existing (tenant_id, scope, max_per_day, max_total, window_days, amounts)
    values (${tenantId}, ${scope}, ${maxPerDay}, ${maxTotal}, ${windowDays}, ${JSON.stringify(amounts)}::text::jsonb)
    on conflict (tenant_id, scope) do update set
      max_per_day = excluded.max_per_day, max_total = excluded.max_total, window_days = excluded.window_days,
      amounts = excluded.amounts, version = existing.version + 1, updated_at = now()
    where (existing.max_per_day, existing.max_total, existing.window_days, existing.amounts)
      is distinct from (excluded.max_per_day, excluded.max_total, excluded.window_days, excluded.amounts)`;
  return count > 0;
};
