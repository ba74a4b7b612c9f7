import type { Sql } from '../driver/connect.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import { monthsKept } from './months-kept.ts';
import type { Partition } from './partition.ts';
import type { PartitionedTable } from './partitioned-tables.ts';

export type PartitionSchedule = Readonly<{
  /**
   * Creates the partitions that a table lacks for the next three months, and returns until when it
   * has some. Repeating is safe.
   */
  createAhead: (table: PartitionedTable) => Promise<Date>;
  /**
   * The partitions of a table that are due to be archived, the oldest first: they are past the
   * retention of all tenants that have records in them, and restored ones have been back for 30
   * days.
   */
  due: (table: PartitionedTable, now: Date) => Promise<readonly Partition[]>;
  /**
   * Detaches a partition from its table, so that nothing changes it while it is archived; false if
   * another run did so.
   * @throws Unavailable when the table is in use for longer than 2 s; repeating is safe.
   */
  detach: (table: PartitionedTable, partition: Partition) => Promise<boolean>;
  /** Partitions that were detached and not dropped yet, and the tables that rows moved to. */
  detached: () => Promise<readonly Partition[]>;
}>;

/** The schedule of partitions. */
export const partitionSchedule = (sql: Sql): PartitionSchedule => ({
  createAhead: ({ name }) =>
    inTransaction(sql, async (tx) => {
      await tx`select create_partitions_ahead(${name}, 3)`;
      const [row] = await tx<{ until: Date }[]>`
        select max(ends_at) as until from partitions where table_name = ${name}`;
      return row?.until ?? new Date(0);
    }),

  due: (table, now) => withPostgres(() => due(sql, table, now)),

  detach: (table, own) =>
    inTransaction(sql, async (tx) => {
      // Readers and writers queue behind a lock that waits.
      const { partition, startsAt, endsAt } = own;
      await tx`set local lock_timeout = '2s'`;
      await tx`
        insert into archived_partitions (partition, table_name, starts_at, ends_at)
        values (${partition}, ${table.name}, ${startsAt ?? '-infinity'}, ${endsAt})
        on conflict (partition) do update set partition = excluded.partition`;
      // After locking that row: another run may have archived the partition since it was due.
      const attached = await tx`select from partitions where partition = ${partition}`;
      if (attached.length === 0) return false;
      await tx`
        update archived_partitions set detached_at = now(), dropped_at = null, restored_at = null
        where partition = ${partition}`;
      await table.carryForward?.(tx, own);
      await tx`alter table ${tx(table.name)} detach partition ${tx(partition)}`;
      return true;
    }),

  detached: () =>
    withPostgres(
      async () => sql<Partition[]>`
        select table_name as table, partition, ${bounds(sql)} from archived_partitions
        where dropped_at is null and restored_at is null and not is_filling
        order by archived_partitions.ends_at, partition`,
    ),
});

/**
 * As text, since partitions of a month have bounds that need no more than that, and one bound is
 * infinite.
 */
const bounds = (sql: Sql) => sql`
  to_json(nullif(starts_at, '-infinity')) #>> '{}' as starts_at, to_json(ends_at) #>> '{}' as ends_at`;

const due = async (sql: Sql, table: PartitionedTable, now: Date): Promise<readonly Partition[]> => {
  const { name, months } = table;
  const old = await sql<Partition[]>`
    select table_name as table, partition, ${bounds(sql)} from partitions
    where table_name = ${name} and ends_at + interval '1 month' * least(${months}::integer, (
        select min(retention.months) from retention where retention.table_name = ${name})) <= ${now}
      and not exists (
        select from archived_partitions restored
        where restored.partition = partitions.partition and restored_at > now() - interval '30 days')
    order by partitions.ends_at`;
  const over: Partition[] = [];
  for (const each of old) {
    if (await hasOlder(sql, table, { each, over })) break;
    if (!(await isKept(sql, table, { each, now }))) over.push(each);
  }
  return over;
};

/** Whether months are archived in order and an older one is still there. */
const hasOlder = async (
  sql: Sql,
  { name, isInOrder = false }: PartitionedTable,
  { each, over }: Readonly<{ each: Partition; over: readonly Partition[] }>,
): Promise<boolean> => {
  if (!isInOrder) return false;
  const older = await sql`
    select from partitions where table_name = ${name} and ends_at < ${each.endsAt}
      and partition <> all(${over.map(({ partition }) => partition)}) limit 1`;
  return older.count > 0;
};

/** Whether the retention of a tenant has not passed, or the partition is still needed. */
const isKept = async (
  sql: Sql,
  { name, months, neededBy }: PartitionedTable,
  { each, now }: Readonly<{ each: Partition; now: Date }>,
): Promise<boolean> => {
  const kept = await sql`
    select from (select distinct tenant_id from ${sql(each.partition)}) own
    left join retention on retention.tenant_id = own.tenant_id and retention.table_name = ${name}
    where ${monthsKept(sql, months)} is null
      or ${each.endsAt}::timestamptz + interval '1 month' * ${monthsKept(sql, months)} > ${now}
    limit 1`;
  if (kept.length > 0) return true;
  const needed = neededBy ? await sql`${neededBy(sql, each.partition)} limit 1` : [];
  return needed.length > 0;
};
