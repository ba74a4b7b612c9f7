import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { moveLots } from './move-lots.ts';

/** The business key of an entry, as text. */
export const entryKey = ({
  tenantId,
  program,
  kind,
  causeId,
}: Pick<LedgerEntry, 'tenantId' | 'program' | 'kind' | 'causeId'>): string =>
  `${tenantId} ${program} ${kind} ${causeId}`;

type Options = Readonly<{
  /** That the entries are orders judged without the state of their accounts: an account that has one takes none of them. */
  areJudgedAlone?: boolean;
}>;

type BookedRow = Balance & Pick<LedgerEntry, 'kind' | 'causeId'>;

/**
 * Inserts the entries that are new, adds them to their balances and lots, all in one statement, and returns by entry key
 * the balance that each new entry made; an entry whose key stands is not among them. Each key may come once.
 *
 * All ledger rows go in key order before any balance, and all balances before any lot, so two batches that overlap wait
 * for each other but never in a circle.
 */
export const bookEntries = async (
  sql: Sql | Transaction,
  entries: readonly LedgerEntry[],
  { areJudgedAlone = false }: Options = {},
): Promise<ReadonlyMap<string, Balance>> => {
  if (entries.length === 0) return new Map();
  const rows = await sql<BookedRow[]>`
    with booked as (${insertEntries(sql, entries)}), change as (
      select tenant_id, customer_id, program,
        coalesce(sum(points) filter (where account = 'available'), 0)::bigint as points,
        (coalesce(sum(points) filter (where account = 'pending'), 0)
          - coalesce(sum(points) filter (where counter_account = 'pending'), 0))::bigint as pending,
        coalesce(sum(points) filter (where kind in ('EARN', 'REVERSE', 'REVISE')), 0)::bigint as earned,
        coalesce(max(occurred_at) filter (where points <> 0 and account = 'available'), 'epoch') as reached_at
      from booked
      group by tenant_id, customer_id, program
    ), balance as (
      insert into points_balances as standing
        (tenant_id, customer_id, program, points, pending, lifetime, version, reached_at)
      select tenant_id, customer_id, program, points, pending, earned, 1, reached_at from change
      order by tenant_id, customer_id, program
      on conflict (tenant_id, customer_id, program) do update set
        points = standing.points + excluded.points,
        pending = standing.pending + excluded.pending,
        lifetime = standing.lifetime + excluded.lifetime,
        version = ${nextVersion(sql, areJudgedAlone)},
        reached_at = greatest(standing.reached_at, excluded.reached_at),
        updated_at = now()
      returning tenant_id, customer_id, program, points, pending, reserved, lifetime, version, reached_at
    ) ${moveLots(sql, entries)}
    select booked.kind, booked.cause_id, tenant_id, customer_id, program, balance.points,
      balance.pending, balance.reserved, balance.lifetime, balance.version,
      balance.reached_at
    from booked join balance using (tenant_id, customer_id, program)`;
  return new Map(
    rows.map(({ kind, causeId, ...balance }) => [entryKey({ ...balance, kind, causeId }), balance]),
  );
};

/** Reads the row as it is once locked, whatever the statement saw of it when it began. */
const nextVersion = (sql: Sql | Transaction, areJudgedAlone: boolean) =>
  areJudgedAlone
    ? sql`case when standing.judged_together then refuse_order_alone() else standing.version + 1 end`
    : sql`standing.version + 1`;

/** Columns that only some entries have: one that none of a batch has is not sent. */
const rareColumns = [
  ['orderId', 'order_id', 'text'],
  ['amountMinor', 'amount_minor', 'bigint'],
  ['currency', 'currency', 'text'],
  ['ruleVersion', 'rule_version', 'integer'],
  ['expiresAt', 'expires_at', 'timestamptz'],
  ['availableAt', 'available_at', 'timestamptz'],
  ['awaits', 'awaits', 'text'],
  ['trace', 'trace', 'jsonb'],
  ['reason', 'reason', 'text'],
] as const satisfies readonly (readonly [keyof LedgerEntry, string, string])[];

const insertEntries = (sql: Sql | Transaction, entries: readonly LedgerEntry[]) => {
  const column = (name: keyof LedgerEntry) => entries.map((entry) => textOrNumber(entry[name]));
  const rare = rareColumns.filter(([name]) => entries.some((entry) => entry[name] !== undefined));
  const names = sql.unsafe(rare.map(([, name]) => `, ${name}`).join(''));
  const values = rare.reduce((before, [name, , type]) => {
    const cast = type === 'jsonb' ? 'text[]::jsonb[]' : `${type}[]`;
    return sql`${before}, ${column(name)}::${sql.unsafe(cast)}`;
  }, sql``);
  return sql`
    insert into points_ledger (
      tenant_id, program, kind, cause_id, customer_id, account, points, counter_account,
      lot_id, cause, occurred_at ${names})
    select * from unnest(
      ${column('tenantId')}::text[], ${column('program')}::text[], ${column('kind')}::text[], ${column('causeId')}::text[],
      ${column('customerId')}::text[], ${column('account')}::text[], ${column('points')}::bigint[],
      ${column('counterAccount')}::text[], ${column('lotId')}::uuid[], ${column('cause')}::text[],
      ${column('occurredAt')}::timestamptz[] ${values})
      as entry (tenant_id, program, kind, cause_id)
    order by tenant_id, program, kind, cause_id
    on conflict (tenant_id, program, kind, cause_id) do nothing
    returning tenant_id, program, kind, cause_id, customer_id, account, points, counter_account, order_id, lot_id,
      expires_at, available_at, awaits, occurred_at`;
};

/** A value as the driver takes it in an array. */
const textOrNumber = (value: LedgerEntry[keyof LedgerEntry]): string | number | null => {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : (value ?? null);
};
