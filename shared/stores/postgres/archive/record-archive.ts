import { assert } from '#shared/domain/assert.ts';
import type { ArchiveFiles } from '#shared/stores/files/archive-files.ts';
import type { Sql } from '../driver/connect.ts';
import { type ArchiveOutcome, archivePartition } from './archive-partition.ts';
import { forgetRows, forgetUnmatched } from './forget-rows.ts';
import { moveRows } from './move-rows.ts';
import { movedTables } from './moved-tables.ts';
import type { Partition } from './partition.ts';
import { partitionSchedule } from './partition-schedule.ts';
import { type PartitionedTable, partitionedTables } from './partitioned-tables.ts';

/** Every method throws Unavailable when Postgres or the files do not work; repeating is safe. */
export type RecordArchive = Readonly<{
  /**
   * Creates the partitions that are missing for the next three months, and returns until when each
   * table has some.
   */
  createAhead: () => Promise<readonly Readonly<{ table: string; until: Date }>[]>;
  /**
   * Detaches the partitions that are past their retention, and moves old rows out of tables without
   * partitions, until the time `isOver`. Deletes rows that are no longer needed. Without files to
   * archive to, it only deletes records of customers without a match.
   */
  detachDue: (now: Date, isOver: () => boolean) => Promise<void>;
  /** The partitions to be archived: those that are detached and not dropped yet. */
  detached: () => Promise<readonly Partition[]>;
  /** Writes a partition to files and drops it; when the time `isOver`, the next call continues. */
  archive: (partition: Partition, isOver: () => boolean) => Promise<ArchiveOutcome>;
}>;

type Options = Readonly<{
  /** Undefined: all records stay in the database. */
  files: ArchiveFiles | undefined;
  fileRowsMax?: number;
  /** How many rows a transaction takes out of a table without partitions. */
  rowsAtOnce?: number;
}>;

/** Archives records month by month. */
export const recordArchive = (
  sql: Sql,
  { files, rowsAtOnce, ...options }: Options,
): RecordArchive => {
  const schedule = partitionSchedule(sql);

  const detachTable = async (table: PartitionedTable, now: Date, isOver: () => boolean) => {
    for (const partition of await schedule.due(table, now)) {
      if ((await table.prepare?.(sql, partition, isOver)) === false) return;
      await schedule.detach(table, partition);
    }
  };

  return {
    createAhead: async () => {
      const ends: { table: string; until: Date }[] = [];
      for (const table of partitionedTables)
        ends.push({ table: table.name, until: await schedule.createAhead(table) });
      return ends;
    },

    detachDue: async (now, isOver) => {
      const moving = { now, isOver, ...(rowsAtOnce !== undefined && { rowsAtOnce }) };
      await forgetUnmatched(sql, moving);
      if (files === undefined) return;
      // Records stay readable while they could not be archived anyway.
      await files.probe();
      for (const table of partitionedTables) await detachTable(table, now, isOver);
      for (const table of movedTables) await moveRows(sql, table, moving);
      await forgetRows(sql, moving);
    },

    detached: () => (files === undefined ? Promise.resolve([]) : schedule.detached()),

    archive: (partition, isOver) => {
      const table = [...partitionedTables, ...movedTables].find(
        ({ name }) => name === partition.table,
      );
      assert(table && files, `${partition.table} is archived`);
      return archivePartition(sql, partition, { ...options, files, order: table.order, isOver });
    },
  };
};
