import { assert } from '#shared/domain/assert.ts';
import type { ArchiveFile, ArchiveFiles } from '#shared/stores/files/archive-files.ts';
import type { Sql } from '../driver/connect.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import type { Partition } from './partition.ts';
import type { PartitionedTable } from './partitioned-tables.ts';

/**
 * The outcome: the partition was `archived` and dropped, or the time ran out (`stopped`); with the
 * rows written.
 */
export type ArchiveOutcome = Readonly<{ outcome: 'archived' | 'stopped'; rows: number }>;

export type Archiving = Readonly<{
  files: ArchiveFiles;
  /** Whether the time is over: the next run continues with the next file. */
  isOver: () => boolean;
  /** A file has as many records at most. */
  fileRowsMax?: number;
}>;

/**
 * Writes the records of a detached partition to files, tenant by tenant, and drops it once every
 * file is as it was written and together they have all records. Each file is recorded when it is
 * durable, so the next run continues an interrupted one; concurrent runs write the same files.
 * @throws Unavailable when the files cannot be written or read, Error when one of them was changed;
 * nothing is dropped then.
 */
export const archivePartition = async (
  sql: Sql,
  partition: Partition,
  archiving: Archiving & Pick<PartitionedTable, 'order'>,
): Promise<ArchiveOutcome> => {
  try {
    return await writeAndDrop(sql, partition, archiving);
  } catch (error) {
    if (await isDropped(sql, partition)) return { outcome: 'archived', rows: 0 };
    throw error;
  }
};

/** Whether another run archived it meanwhile, so that there is nothing to read or record. */
const isDropped = async (sql: Sql, { partition }: Partition): Promise<boolean> => {
  const dropped = await withPostgres(
    async () => sql`
      select from archived_partitions where partition = ${partition} and dropped_at is not null`,
  );
  return dropped.length > 0;
};

const writeAndDrop = async (
  sql: Sql,
  partition: Partition,
  { order, ...archiving }: Archiving & Pick<PartitionedTable, 'order'>,
): Promise<ArchiveOutcome> => {
  const { files, isOver, fileRowsMax = 1_000_000 } = archiving;
  let rows = 0;
  for (const description of await missingFiles(sql, partition, fileRowsMax)) {
    if (isOver()) return { outcome: 'stopped', rows };
    rows += await writeFile(sql, description, { files, order, fileRowsMax });
  }
  await dropPartition(sql, partition, files);
  return { outcome: 'archived', rows };
};

/**
 * The files of a partition that are not written yet. A detached partition does not change, so each
 * run finds the same ones.
 */
const missingFiles = (sql: Sql, { partition, ...bounds }: Partition, fileRowsMax: number) =>
  withPostgres(async () => {
    const rows = await sql<Pick<ArchiveFile, 'tenantId' | 'part' | 'schemaVersion'>[]>`
      select tenant_id, part, (select max(name) from schema_migrations) as schema_version
      from (select tenant_id, count(*) as rows from ${sql(partition)} group by tenant_id) own
      cross join generate_series(1, ceil(rows / ${fileRowsMax}::numeric)::integer) part
      where not exists (
        select from archive_files written
        where written.partition = ${partition} and written.tenant_id = own.tenant_id and written.part = part.part)
      order by tenant_id, part`;
    return rows.map((row): ArchiveFile => ({ ...bounds, partition, ...row }));
  });

type Writing = Required<Pick<Archiving, 'files' | 'fileRowsMax'>> & Pick<PartitionedTable, 'order'>;

const writeFile = async (
  sql: Sql,
  description: ArchiveFile,
  { files, order, fileRowsMax }: Writing,
): Promise<number> => {
  const { partition, tenantId, part } = description;
  const rows = sql<{ line: string }[]>`
    select row_to_json(record)::text as line from ${sql(partition)} record
    where tenant_id = ${tenantId} order by ${sql.unsafe(order.join(', '))}
    limit ${fileRowsMax} offset ${(part - 1) * fileRowsMax}`;
  const { file, manifest } = await files.write(description, linesOf(rows.cursor(1_000)));
  // Not if another run dropped the partition, which may even be restored by now.
  const noted = await withPostgres(
    async () => sql`
      insert into archive_files (partition, tenant_id, part, file, rows, sha256)
      select partition, ${tenantId}, ${part}, ${file}, ${manifest.rows}, ${manifest.sha256}
      from archived_partitions where partition = ${partition} and dropped_at is null for share
      on conflict (partition, tenant_id, part) do update set sha256 = excluded.sha256`,
  );
  assert(noted.count > 0, `partition ${partition} is not dropped yet`);
  return manifest.rows;
};

async function* linesOf(batches: AsyncIterable<readonly { line: string }[]>) {
  for await (const batch of batches) for (const { line } of batch) yield line;
}

type WrittenFile = Readonly<{ file: string; rows: number; sha256: string }>;

const dropPartition = async (
  sql: Sql,
  { partition }: Partition,
  files: ArchiveFiles,
): Promise<void> => {
  for (const { file, sha256 } of await sql<WrittenFile[]>`
    select file, sha256 from archive_files where partition = ${partition} order by file`) {
    if ((await files.digest(file)) === sha256) continue;
    await sql`delete from archive_files where partition = ${partition} and file = ${file}`;
    throw new Error(
      `${file} was changed or lost since it was written; the next run writes it again`,
    );
  }
  await inTransaction(sql, async (tx) => {
    const [row] = await tx<{ isDropped: boolean }[]>`
      select dropped_at is not null as is_dropped from archived_partitions where partition = ${partition} for update`;
    if (row?.isDropped !== false) return;
    const [count] = await tx<{ isWhole: boolean }[]>`
      select (select count(*) from ${tx(partition)}) = coalesce(sum(rows), 0) as is_whole from archive_files
      where partition = ${partition} and tenant_id in (select tenant_id from ${tx(partition)})`;
    assert(count?.isWhole, `the files of ${partition} have all its records`);
    await tx`drop table ${tx(partition)}`;
    await tx`update archived_partitions set dropped_at = now() where partition = ${partition}`;
  });
};
