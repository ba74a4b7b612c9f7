import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { Sql, Transaction } from '../driver/connect.ts';

/** The business key of an entry, as text. */
export const entryKey = ({
  tenantId,
  program,
  kind,
  causeId,
}: Pick<LedgerEntry, 'tenantId' | 'program' | 'kind' | 'causeId'>): string =>
  `${tenantId} ${program} ${kind} ${causeId}`;

type Options = Readonly<{
  /**
   * Whether the entries are orders rated without the state of their wallets; a wallet with a
   * state refuses them.
   */
  areRatedAlone?: boolean;
}>;

type RecordedRow = Balance & Pick<LedgerEntry, 'kind' | 'causeId'>;

/**
 * Inserts the entries that are new, adds them to their balances and lots, all in one statement, and
 * returns by entry key the balance after each new entry; an entry whose key exists is not among
 * them. Each key may come once.
 *
 * All keys go in the order of the business keys before any balance, and all balances before any
 * lot, so two batches that overlap wait for each other but never in a circle.
 */
export const recordEntries = async (
  sql: Sql | Transaction,
  entries: readonly LedgerEntry[],
  { areRatedAlone = false }: Options = {},
): Promise<ReadonlyMap<string, Balance>> => {
  if (entries.length === 0) return new Map();
  const rows = await sql<RecordedRow[]>`
    with ${insertEntries(sql, entries)}, change as (
      select tenant_id, customer_id, program,
        coalesce(sum(points) filter (where account = 'available'), 0)::bigint as points,
        (coalesce(sum(points) filter (where account = 'pending'), 0)
          - coalesce(sum(points) filter (where counter_account = 'pending'), 0))::bigint as pending,
        coalesce(sum(points) filter (where kind in ('EARN', 'REVERSE', 'REVISE')), 0)::bigint as earned,
        coalesce(max(occurred_at) filter (where points <> 0 and account = 'available'), 'epoch') as reached_at
      from fresh
      group by tenant_id, customer_id, program
    ), balance as (
      insert into points_balances as existing
        (tenant_id, customer_id, program, points, pending, lifetime, version, reached_at)
      select tenant_id, customer_id, program, points, pending, earned, 1, reached_at from change
      order by tenant_id, customer_id, program
      on conflict (tenant_id, customer_id, program) do update set
        points = existing.points + excluded.points,
        pending = existing.pending + excluded.pending,
        lifetime = existing.lifetime + excluded.lifetime,
        version = ${nextVersion(sql, areRatedAlone)},
        reached_at = greatest(existing.reached_at, excluded.reached_at),
        updated_at = now()
      returning tenant_id, customer_id, program, points, pending, reserved, lifetime, version, reached_at
    ) ${moveLots(sql, entries)}
    select fresh.kind, fresh.cause_id, tenant_id, customer_id, program, balance.points,
      balance.pending, balance.reserved, balance.lifetime, balance.version,
      balance.reached_at
    from fresh join balance using (tenant_id, customer_id, program)`;
  return new Map(
    rows.map(({ kind, causeId, ...balance }) => [entryKey({ ...balance, kind, causeId }), balance]),
  );
};

/** Reads the row as it is once locked, whatever the statement saw of it when it began. */
const nextVersion = (sql: Sql | Transaction, areRatedAlone: boolean) =>
  areRatedAlone
    ? sql`case when existing.judged_together then refuse_order_alone() else existing.version + 1 end`
    : sql`existing.version + 1`;

type EntryColumn = readonly [field: keyof LedgerEntry, name: string, type: string];

/** Columns that every entry has. */
const commonColumns = [
  ['tenantId', 'tenant_id', 'text'],
  ['program', 'program', 'text'],
  ['kind', 'kind', 'text'],
  ['causeId', 'cause_id', 'text'],
  ['customerId', 'customer_id', 'text'],
  ['account', 'account', 'text'],
  ['points', 'points', 'bigint'],
  ['counterAccount', 'counter_account', 'text'],
  ['lotId', 'lot_id', 'uuid'],
  ['cause', 'cause', 'text'],
  ['occurredAt', 'occurred_at', 'timestamptz'],
] as const satisfies readonly EntryColumn[];

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
] as const satisfies readonly EntryColumn[];

/**
 * CTEs: `entry` numbers the entries in the order of their business keys, `claimed` inserts the keys
 * that are new, `fresh` has the entries with these keys, and `stored` inserts them.
 */
const insertEntries = (sql: Sql | Transaction, entries: readonly LedgerEntry[]) => {
  const sorted = inKeyOrder(entries);
  const rare = rareColumns.filter(([field]) => entries.some((entry) => entry[field] !== undefined));
  const absent = rareColumns.filter((column) => !rare.includes(column));
  const columns: readonly EntryColumn[] = [...commonColumns, ...rare];
  const names = sql.unsafe(columns.map(([, name]) => name).join(', '));
  const nulls = sql.unsafe(absent.map(([, name, type]) => `, null::${type} as ${name}`).join(''));
  const [first, ...others] = columns.map(([field, , type]) => {
    const cast = type === 'jsonb' ? 'text[]::jsonb[]' : `${type}[]`;
    return sql`${sorted.map((entry) => textOrNumber(entry[field]))}::${sql.unsafe(cast)}`;
  });
  const values = others.reduce((before, value) => sql`${before}, ${value}`, first ?? sql``);
  return sql`
    entry as (
      select *, ledger_key(tenant_id, program, kind, cause_id) as key, nextval('points_ledger_entry_no_seq') as entry_no
      from unnest(${values}) as entry (${names})
    ), claimed as (
      insert into ledger_keys (key, entry_no, recorded_at, customer_id)
      select key, entry_no, now(), customer_id from entry
      on conflict (key) do nothing
      returning entry_no
    ), fresh as (
      select entry.* ${nulls} from claimed join entry using (entry_no)
    ), stored as (
      insert into points_ledger (entry_no, ${names}) select entry_no, ${names} from fresh
    )`;
};

const inKeyOrder = (entries: readonly LedgerEntry[]): readonly LedgerEntry[] =>
  Array.from(entries, (entry) => ({ entry, key: entryKey(entry) }))
    .sort((one, other) => (one.key < other.key ? -1 : 1))
    .map(({ entry }) => entry);

/** A value as the driver takes it in an array. */
const textOrNumber = (value: LedgerEntry[keyof LedgerEntry]): string | number | null => {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : (value ?? null);
};

/** Only points that expire or are pending are kept by lot; the balance is enough for the others. */
const touchesLot = ({ account, counterAccount, expiresAt }: LedgerEntry): boolean =>
  account === 'pending' || counterAccount === 'pending' || expiresAt !== undefined;

/**
 * Whether an entry can empty the lot that it takes from. Only entries of wallets that the
 * transaction has locked do.
 */
const takesFromLot = ({ points, counterAccount }: LedgerEntry): boolean =>
  points < 0 || counterAccount === 'pending';

/**
 * CTEs, after one named `fresh` with new entries, that add the entries to their lots, delete the
 * lots that they empty, and add expired points to lapsed_lots; empty if no entry affects lots. Each
 * begins with a comma.
 */
const moveLots = (sql: Sql | Transaction, entries: readonly LedgerEntry[]) => {
  const moving = entries.filter(touchesLot);
  if (moving.length === 0) return sql``;
  const empties = moving.some(takesFromLot);
  return sql`, movement as (${sumMovements(sql)})
    ${empties ? sql`, emptied as (${deleteEmptied(sql)})` : sql``}, moved as (
    insert into points_lots as existing
      (tenant_id, customer_id, program, lot_id, account, points, expires_at, available_at, awaits, order_id)
    select tenant_id, customer_id, program, lot_id, account, points, expires_at, available_at, awaits, order_id
    from movement
    where points <> 0 ${empties ? sql`and (customer_id, tenant_id, program, lot_id, account) not in (select * from emptied)` : sql``}
    order by tenant_id, customer_id, program, lot_id, account
    on conflict (tenant_id, customer_id, program, lot_id, account) do update set
      points = existing.points + excluded.points)
    ${moving.some(({ counterAccount }) => counterAccount === 'expired') ? sql`, lapsed as (${addExpired(sql)})` : sql``}`;
};

const sumMovements = (sql: Sql | Transaction) => sql`
  select tenant_id, customer_id, program, lot_id, account, sum(points)::bigint as points,
    coalesce(sum(expired), 0)::bigint as expired, min(expires_at) as expires_at, min(available_at) as available_at,
    min(awaits) as awaits, min(order_id) as order_id
  from (
    select tenant_id, customer_id, program, lot_id, account, points, expires_at,
      case account when 'pending' then available_at end as available_at,
      case account when 'pending' then awaits end as awaits,
      case account when 'pending' then order_id end as order_id,
      case counter_account when 'expired' then -points end as expired
    from fresh where account = 'pending' or expires_at is not null
    union all
    select tenant_id, customer_id, program, lot_id, 'pending', -points, expires_at, null, null, null, null
    from fresh where counter_account = 'pending'
  ) each
  group by tenant_id, customer_id, program, lot_id, account`;

/**
 * By their place in the table: the planner cannot know how few they are, and would read all lots to
 * join them.
 */
const deleteEmptied = (sql: Sql | Transaction) => sql`
  delete from points_lots where ctid = any(array(
    select lot.ctid from movement cross join lateral (
      select ctid from points_lots existing
      where existing.tenant_id = movement.tenant_id and existing.customer_id = movement.customer_id
        and existing.program = movement.program and existing.lot_id = movement.lot_id
        and existing.account = movement.account and existing.points + movement.points = 0 and existing.reserved = 0
      limit 1) lot))
  returning customer_id, tenant_id, program, lot_id, account`;

const addExpired = (sql: Sql | Transaction) => sql`
  insert into lapsed_lots as existing (tenant_id, customer_id, program, lot_id, points, expires_at)
  select tenant_id, customer_id, program, lot_id, expired, expires_at from movement where expired <> 0
  order by tenant_id, customer_id, program, lot_id
  on conflict (tenant_id, customer_id, program, lot_id) do update set points = existing.points + excluded.points`;
