import type { Usage } from '#shared/domain/limits/usage.ts';
import { sumLimit, sumMax } from '#shared/domain/sum-limit.ts';
import type { Sql, Transaction } from './connect.ts';

/** Whose usage. */
export type UsageKey = Readonly<{ tenantId: string; subject: string }>;

/** Usage by tenant, and by subject within it. */
export type Usages = ReadonlyMap<string, ReadonlyMap<string, Usage>>;

/** Reads what subjects of a tenant have used; who has used nothing yet has used `noUsage`. Locks nothing. */
export const readUsages = async (
  sql: Sql | Transaction,
  tenantId: string,
  subjects: readonly string[],
): Promise<ReadonlyMap<string, Usage>> => {
  if (subjects.length === 0) return new Map();
  const rows = await sql<Row[]>`
    select wanted.subject, ${usageColumns(sql)} from unnest(${subjects}::text[]) as wanted (subject)
    left join limit_usage usage on usage.tenant_id = ${tenantId} and usage.subject = wanted.subject`;
  return new Map(rows.map(toEntry));
};

/**
 * Locks the usage of subjects, all in the same order wherever they are locked, and reads it as it is then; every key asked for is in the
 * answer.
 */
export const holdUsages = async (tx: Transaction, keys: readonly UsageKey[]): Promise<Usages> => {
  if (keys.length === 0) return new Map();
  const wanted = tx`
    unnest(${keys.map(({ tenantId }) => tenantId)}::text[], ${keys.map(({ subject }) => subject)}::text[])
    as wanted (tenant_id, subject)`;
  await tx`
    insert into limit_usage (tenant_id, subject)
    select distinct tenant_id, subject from ${wanted} order by 1, 2
    on conflict do nothing`;
  const rows = await tx<(Row & UsageKey)[]>`
    select held.* from (select distinct tenant_id, subject from ${wanted} order by 1, 2) wanted
    cross join lateral (
      select tenant_id as "tenantId", subject, ${usageColumns(tx)} from limit_usage usage
      where usage.tenant_id = wanted.tenant_id and usage.subject = wanted.subject
      limit 1 for update) held`;
  return new Map(
    Array.from(
      Map.groupBy(rows, ({ tenantId }) => tenantId),
      ([tenantId, own]) => [tenantId, new Map(own.map(toEntry))],
    ),
  );
};

/** Writes the usage of subjects that are held. @throws InvalidEvent where an amount has grown too large to be exact. */
export const writeUsages = async (tx: Transaction, usages: Usages): Promise<void> => {
  const rows = Array.from(usages, ([tenantId, own]) =>
    Array.from(own, ([subject, usage]) => ({ tenantId, subject, ...usage })),
  ).flat();
  if (rows.length === 0) return;
  const amounts = rows.flatMap(({ total }) => Object.values(total.amounts));
  if (amounts.some((amount) => amount > sumMax)) throw sumLimit('What a limit counts');
  await tx`
    update limit_usage set
      total = written.total, days = written.days, version = written.version, updated_at = now()
    from unnest(
      ${rows.map(({ tenantId }) => tenantId)}::text[], ${rows.map(({ subject }) => subject)}::text[],
      ${rows.map(({ total }) => JSON.stringify(total))}::text[]::jsonb[],
      ${rows.map(({ days }) => JSON.stringify(days))}::text[]::jsonb[],
      ${rows.map(({ version }) => version)}::bigint[])
      as written (tenant_id, subject, total, days, version)
    where limit_usage.tenant_id = written.tenant_id and limit_usage.subject = written.subject`;
};

type Row = Usage & Pick<UsageKey, 'subject'>;

/** Of a row that may be missing. */
const usageColumns = (sql: Sql | Transaction) => sql`
  coalesce(usage.total, '{"count": 0, "amounts": {}}') as total, coalesce(usage.days, '{}') as days,
  coalesce(usage.version, 0) as version`;

const toEntry = ({ subject, total, days, version }: Row): [string, Usage] => [
  subject,
  { total, days, version },
];
