import { assert } from '#shared/domain/assert.ts';
import type { ArchiveFiles, ArchiveManifest } from '#shared/stores/files/archive-files.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { inTransaction } from '../driver/transaction.ts';
import { createMonthTable } from './move-rows.ts';
import type { MovedTable } from './moved-table.ts';
import { movedTables } from './moved-tables.ts';
import { partitionedTables } from './partitioned-tables.ts';

/** What is put back: all files of a tenant's records of a partition. */
type Restored = Readonly<{ partition: string; tenantId: string; rows: number }>;

/**
 * Puts the records of an archive file back into their table, with all other files of the same
 * tenant and partition, all of them or none. They stay for at least 30 days; then they are archived
 * again.
 * @throws Error when a file is damaged or was put back before
 */
export const restorePartition = async (
  sql: Sql,
  files: ArchiveFiles,
  file: string,
): Promise<Restored> => {
  const manifest = await files.manifest(file);
  const { table, partition, tenantId } = manifest;
  const moved = movedTables.find(({ name }) => name === table);
  const partitioned = partitionedTables.find(({ name }) => name === table);
  return inTransaction(sql, async (tx) => {
    await lockArchived(tx, manifest);
    await partitioned?.lockCarried?.(tx);
    const own = await tx<WrittenFile[]>`
      delete from archive_files where partition = ${partition} and tenant_id = ${tenantId}
      returning file, sha256, rows`;
    if (own.length === 0)
      throw new Error(`The records of ${tenantId} in ${partition} were restored before`);
    const fill = async () => {
      for (const each of own) await insertFile(tx, partition, { files, ...each });
    };
    await (moved ? moveBack(tx, { moved, partition, fill }) : fillPartition(tx, manifest, fill));
    await partitioned?.carryBack?.(tx, manifest, tenantId);
    await tx`update archived_partitions set restored_at = now() where partition = ${partition}`;
    return { partition, tenantId, rows: own.reduce((sum, { rows }) => sum + rows, 0) };
  });
};

type Moving = Readonly<{ moved: MovedTable; partition: string; fill: () => Promise<void> }>;

const moveBack = async (tx: Transaction, { moved, partition, fill }: Moving): Promise<void> => {
  await createMonthTable(tx, moved, partition);
  await fill();
  await moved.moveBack(tx, partition);
  await tx`drop table ${tx(partition)}`;
};

/** Fills a new partition, or one that was restored for another tenant. */
const fillPartition = async (
  tx: Transaction,
  manifest: ArchiveManifest,
  fill: Moving['fill'],
): Promise<void> => {
  const { table, partition } = manifest;
  const isAttached = (await tx`select from partitions where partition = ${partition}`).length > 0;
  if (!isAttached) await tx`select create_partition(${table}, ${partition})`;
  await fill();
  if (!isAttached) await attach(tx, manifest);
};

/** Keeps others from archiving or restoring a partition, which must have been archived wholly. */
const lockArchived = async (
  tx: Transaction,
  { table, partition }: ArchiveManifest,
): Promise<void> => {
  const [archived] = await tx<{ isDropped: boolean }[]>`
    select dropped_at is not null as is_dropped from archived_partitions
    where partition = ${partition} and table_name = ${table} for update`;
  assert(archived, `partition ${partition} was archived from this database`);
  if (!archived.isDropped)
    throw new Error(`Partition ${partition} is still being archived; restore it afterwards`);
};

const attach = (tx: Transaction, { table, partition, startsAt, endsAt }: ArchiveManifest) => tx`
  select attach_partition(${table}, ${partition}, ${startsAt ?? '-infinity'}, ${endsAt})`;

type WrittenFile = Readonly<{ file: string; sha256: string; rows: number }>;

const insertFile = async (
  tx: Transaction,
  partition: string,
  { files, file, sha256, rows }: WrittenFile & Readonly<{ files: ArchiveFiles }>,
): Promise<void> => {
  if ((await files.digest(file)) !== sha256)
    throw new Error(`${file} is missing or not as it was written`);
  const inserted = await insertLines(tx, partition, files.lines(file));
  assert(inserted === rows, `${file} has all its records`);
};

const rowsAtOnce = 1_000;

const insertLines = async (
  tx: Transaction,
  partition: string,
  lines: AsyncIterable<string>,
): Promise<number> => {
  let count = 0;
  let batch: string[] = [];
  const flush = async () => {
    if (batch.length === 0) return;
    // Columns that were added since have their defaults.
    const columns = Object.keys(JSON.parse(batch[0] ?? '{}') as object);
    await tx`
      insert into ${tx(partition)} ${tx.unsafe(`(${columns.map(quoted).join(', ')})`)}
      select ${tx.unsafe(columns.map(quoted).join(', '))}
      from json_populate_recordset(null::${tx(partition)}, ${`[${batch.join(',')}]`}::text::json)`;
    count += batch.length;
    batch = [];
  };
  for await (const line of lines) {
    batch.push(line);
    if (batch.length === rowsAtOnce) await flush();
  }
  await flush();
  return count;
};

const quoted = (column: string): string => `"${column.replaceAll('"', '""')}"`;
