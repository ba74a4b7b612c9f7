import type { Sql, Transaction } from '../driver/connect.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import { monthsKept } from './months-kept.ts';
import type { MovedTable } from './moved-table.ts';

/** The time of a run, and whether its time is over. */
type Moving = Readonly<{ now: Date; isOver: () => boolean; rowsAtOnce?: number }>;

/**
 * Moves the records of a table that are past their retention to tables of their months, one
 * transaction per chunk; then these tables no longer change and can be archived. Records that may
 * still change stay, and so do those that another transaction has locked. Repeating is safe and
 * continues a run that was killed.
 * @throws Unavailable when Postgres is unavailable
 */
export const moveRows = async (sql: Sql, table: MovedTable, moving: Moving): Promise<void> => {
  for (const { tenantId, until } of await tenantsDue(sql, table, moving.now))
    for (const lane of table.lanes(sql).keys())
      await moveLane(sql, { table, tenantId, until, lane }, moving);
  await withPostgres(
    async () => sql`
      update archived_partitions set is_filling = false where is_filling and table_name = ${table.name}`,
  );
};

/** Tenants with the beginning of the first month that is not over for them. */
const tenantsDue = (sql: Sql, { name, months }: MovedTable, now: Date) =>
  withPostgres(
    async () => sql<{ tenantId: string; until: Date }[]>`
      select tenant_id,
        (date_trunc('month', ${now}::timestamptz at time zone 'UTC') - interval '1 month' * own.months) at time zone 'UTC' as until
      from (
        select tenants.tenant_id,
          ${monthsKept(sql, months)} as months
        from tenants left join retention on retention.tenant_id = tenants.tenant_id and table_name = ${name}
      ) own
      where own.months is not null order by 1`,
  );

type Lane = Readonly<{ table: MovedTable; tenantId: string; until: Date; lane: number }>;

/** Where a chunk ended: times as text, since a Date has no microseconds. */
type Position = Readonly<{ at: string; id: string }>;

const moveLane = async (
  sql: Sql,
  lane: Lane,
  { isOver, rowsAtOnce = 1_000 }: Moving,
): Promise<void> => {
  let after: Position | undefined;
  do {
    if (isOver()) return;
    after = await inTransaction(sql, (tx) => moveChunk(tx, lane, { after, rowsAtOnce }));
  } while (after !== undefined);
};

type Row = Position & Readonly<{ month: string; isDue: boolean }>;

/**
 * Moves the next records that are of one month, and returns the last one that it read; undefined
 * where there are none.
 */
const moveChunk = async (
  tx: Transaction,
  { table, tenantId, until, lane }: Lane,
  { after, rowsAtOnce }: Readonly<{ after: Position | undefined; rowsAtOnce: number }>,
): Promise<Position | undefined> => {
  const [at, id] = [tx(table.at), tx(table.id)];
  const rows = await tx<Row[]>`
    select ${at}::text as at, ${id}::text as id, to_char(${at} at time zone 'UTC', 'YYYY-MM') as month,
      ${table.isFinal(tx)} and not exists (
        select from archived_partitions restored
        where restored.table_name = ${table.name} and restored.restored_at > now() - interval '30 days'
          and restored.starts_at <= record.${at} and restored.ends_at > record.${at}) as is_due
    from ${tx(table.name)} record
    where tenant_id = ${tenantId} and ${table.lanes(tx)[lane] ?? tx`true`} and ${at} < ${until}
      ${after ? tx`and (${at}, ${id}) > (${after.at}::text::timestamptz, ${after.id})` : tx``}
    order by ${at}, ${id} limit ${rowsAtOnce}
    for update of record skip locked`;
  const [first] = rows;
  if (first === undefined) return undefined;
  const own = rows.filter(({ month }) => month === first.month);
  const ids = own.filter(({ isDue }) => isDue).map((row) => row.id);
  if (ids.length > 0) {
    const month = await monthTable(tx, table, first.month);
    await table.move(tx, { tenantId, ids, month });
  }
  return own.at(-1);
};

/**
 * The table that records of a month move to; nothing is archived of it until this transaction has
 * ended.
 */
const monthTable = async (tx: Transaction, table: MovedTable, month: string): Promise<string> => {
  const startsAt = `${month}-01T00:00:00Z`;
  const [filling] = await tx<{ partition: string }[]>`
    select partition from archived_partitions
    where table_name = ${table.name} and starts_at = ${startsAt} and is_filling for share`;
  if (filling !== undefined) return filling.partition;
  const [made] = await tx<{ partition: string }[]>`
    insert into archived_partitions (partition, table_name, starts_at, ends_at, is_filling)
    select ${`${table.name}_${month.replace('-', '_')}`} || '_' || 1 + count(*), ${table.name}, ${startsAt},
      (${startsAt}::timestamptz at time zone 'UTC' + interval '1 month') at time zone 'UTC', true
    from archived_partitions where table_name = ${table.name} and starts_at = ${startsAt}
    returning partition`;
  const name = made?.partition ?? '';
  await createMonthTable(tx, table, name);
  return name;
};

/** Creates a table that records of another one move to. */
export const createMonthTable = async (
  tx: Transaction,
  { name, jsonColumns = [] }: MovedTable,
  month: string,
): Promise<void> => {
  await tx`select create_partition(${name}, ${month})`;
  for (const column of jsonColumns)
    await tx`alter table ${tx(month)} add column ${tx(column)} jsonb`;
};
