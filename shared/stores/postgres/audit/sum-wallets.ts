import type { Fragment } from 'postgres';
import type { Sql, Transaction } from '../driver/connect.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import { pendingOf, pointsOf } from '../ledger/balance-snapshots.ts';

/** Entries of a wallet between two snapshots of its balance. */
export const snapshotEntries = 1_000;

/** Entry numbers per transaction: enough to be cheap per entry, few enough to block nobody. */
const entriesPerRound = 50_000;

type Limits = Readonly<{
  /**
   * Whether the time is over; what was summed until then is committed, and the next call continues.
   */
  isOver: () => boolean;
  /** Leaves the entries alone while they are fewer than this. */
  entriesMin?: number;
}>;

/**
 * Adds the settled entries that are new to the sums of their wallets, and takes a snapshot of a
 * balance every thousand entries of a wallet. It waits for no writer, and none waits for it. Sums
 * and snapshots are computed from the ledger alone; entries are added once, also by several callers
 * at once. Returns whether every settled entry is summed.
 *
 * An entry is settled when no transaction can add one before it any more. A call notes the newest
 * entry and the transactions that are writing to the ledger; it is settled once these have ended,
 * which this call may find, or a later one.
 * @throws Unavailable when Postgres is not there; repeating is safe.
 */
export const sumWallets = async (
  sql: Sql,
  { isOver, entriesMin = 1 }: Limits,
): Promise<boolean> => {
  await settle(sql);
  for (let entriesLeftMin = entriesMin; !isOver(); entriesLeftMin = 1)
    if (!(await inTransaction(sql, (tx) => sumRound(tx, entriesLeftMin)))) return true;
  return false;
};

/**
 * Reads the newest entry before the writers: any transaction that drew a number up to that entry
 * had its lock on the ledger by then, and keeps it until its entries are visible.
 */
const settle = (sql: Sql): Promise<void> =>
  withPostgres(async () => {
    const [newest] = await sql<[{ entryNo: number; at: Date }]>`
      select ${newestNumber(sql, 'points_ledger', 'entry_no')} as entry_no, clock_timestamp() as at`;
    await sql`
      with now as (select ${writersOf(sql, 'points_ledger')} as writers)
      update ledger_position set
        settled_entry = case writers when '{}' then ${newest.entryNo} else coalesce(unsettled_entry, settled_entry) end,
        settled_at = case writers when '{}' then ${newest.at} else coalesce(unsettled_at, settled_at) end,
        unsettled_entry = ${newest.entryNo}, unsettled_writers = writers, unsettled_at = ${newest.at}
      from now where writers = '{}' or unsettled_writers is null or not unsettled_writers && writers`;
  });

/** The last number that a column of a table was given. */
export const newestNumber = (sql: Sql, table: string, column: string): Fragment => sql`
  coalesce(pg_sequence_last_value(pg_get_serial_sequence(${table}, ${column})), 0)`;

/** The transactions that are writing to a table, as an array. */
export const writersOf = (sql: Sql, table: string): Fragment => sql`
  array(
    select virtualtransaction from pg_locks
    where locktype = 'relation' and relation = ${table}::text::regclass and mode = 'RowExclusiveLock'
      and database = (select oid from pg_database where datname = current_database()))`;

/** Sums the next entries. Returns whether there may be more. */
const sumRound = async (tx: Transaction, entriesMin: number): Promise<boolean> => {
  const [position] = await tx<[{ from: number; settled: number }]>`
    select summed_entry as from, settled_entry as settled from ledger_position for update`;
  const { from, settled } = position;
  if (settled > from && settled - from < entriesMin) return false;
  const until = Math.min(from + entriesPerRound, settled);
  await addEntries(tx, { from, until });
  await tx`
    update ledger_position set summed_entry = ${until}, summed_at = case when ${until}::bigint = settled_entry then settled_at else summed_at end`;
  return until < settled;
};

const addEntries = (
  tx: Transaction,
  { from, until }: Readonly<{ from: number; until: number }>,
) => tx`
  with entry as (
    select tenant_id, customer_id, program, entry_no, recorded_at,
      ${pointsOf(tx)} as points, ${pendingOf(tx)} as pending,
      case when kind in ('EARN', 'REVERSE', 'REVISE') then points else 0 end as lifetime
    from points_ledger where entry_no > ${from} and entry_no <= ${until}
  ), line as (
    select tenant_id, customer_id, program, entry.entry_no, entry.recorded_at, sums.snapshot_entry,
      coalesce(sums.entries, 0) + row_number() over passed as entries,
      coalesce(sums.points, 0) + sum(entry.points) over passed as points,
      coalesce(sums.pending, 0) + sum(entry.pending) over passed as pending,
      coalesce(sums.lifetime, 0) + sum(entry.lifetime) over passed as lifetime,
      sums.first_recorded as first_before,
      greatest(sums.last_recorded, max(entry.recorded_at) over passed) as last_recorded
    from entry left join account_sums sums using (tenant_id, customer_id, program)
    window passed as (partition by tenant_id, customer_id, program order by entry.entry_no)
  ), block as (
    select *, (entries - 1) / ${snapshotEntries} as block, entries % ${snapshotEntries} = 0 as is_snapshot,
      (entries - 1) / ${snapshotEntries} = min((entries - 1) / ${snapshotEntries}) over wallet
        and (min(entries) over wallet - 1) % ${snapshotEntries} > 0 as goes_on
    from line window wallet as (partition by tenant_id, customer_id, program)
  ), placed as (
    select *, least(case when goes_on then first_before end,
      min(recorded_at) over (partition by tenant_id, customer_id, program, block)) as first_recorded,
      coalesce(max(entry_no) filter (where is_snapshot) over wallet, snapshot_entry, 0) as newest_snapshot
    from block window wallet as (partition by tenant_id, customer_id, program)
  ), taken as (
    insert into balance_snapshots (tenant_id, customer_id, program, entry_no, after_entry, points, pending, lifetime,
      first_recorded, last_recorded)
    select tenant_id, customer_id, program, entry_no,
      coalesce(lag(entry_no) over (partition by tenant_id, customer_id, program order by entry_no), snapshot_entry, 0),
      points, pending, lifetime, first_recorded, last_recorded
    from placed where is_snapshot
  ), newest as (
    select distinct on (tenant_id, customer_id, program) * from placed
    order by tenant_id, customer_id, program, entry_no desc
  )
  insert into account_sums (tenant_id, customer_id, program, entries, points, pending, lifetime, snapshot_entry,
    first_recorded, last_recorded)
  select tenant_id, customer_id, program, entries, points, pending, lifetime,
    newest_snapshot, first_recorded, last_recorded
  from newest
  order by tenant_id, customer_id, program
  on conflict (tenant_id, customer_id, program) do update set
    entries = excluded.entries, points = excluded.points, pending = excluded.pending, lifetime = excluded.lifetime,
    snapshot_entry = excluded.snapshot_entry, first_recorded = excluded.first_recorded,
    last_recorded = excluded.last_recorded, is_audit_due = true`;
