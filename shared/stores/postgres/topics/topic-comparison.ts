import type { Sql, Transaction } from '../driver/connect.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import { type MissingRecord, missingRows, placeRows } from './missing-records.ts';

/** A place in a topic: everything before `offset` in this partition, or one record. */
export type TopicPlace = Readonly<{ topic: string; partition: number; offset: number }>;

/**
 * How far the records of topics were compared with their effects, stored so that a restart of a pod
 * does not lose it.
 */
export type TopicComparison = Readonly<{
  /** Where each partition of a topic continues; omitted if it was never compared. */
  positions: (topic: string) => Promise<ReadonlyMap<number, number>>;
  /**
   * Records that these records have a dead letter, until they are compared, and that the letters
   * before `read` were read. Concurrent calls and repeats change nothing.
   */
  noteLetters: (read: TopicPlace, records: readonly TopicPlace[]) => Promise<void>;
  /**
   * Stores that everything before `compared` was compared, and which records have no effect, except
   * those with a dead letter. Returns those. A part that was compared before, by another run or by
   * this one, changes nothing.
   */
  advance: (
    compared: TopicPlace,
    unaccounted: readonly MissingRecord[],
  ) => Promise<readonly MissingRecord[]>;
  /** Remembers that all was compared that was delivered by now: everything before these places. */
  finish: (compared: readonly TopicPlace[]) => Promise<void>;
  /** Deletes the position of a partition and its missing records. */
  restart: (topic: string, partition: number) => Promise<void>;
  /** Deletes all positions: the next comparison begins with the oldest records and letters. */
  reset: () => Promise<void>;
}>;

/** The positions and findings of the comparison. */
export const topicComparison = (sql: Sql): TopicComparison => ({
  positions: async (topic) => {
    const rows = await withPostgres(
      async () => sql<{ partition: number; offset: number }[]>`
        select partition, next_offset as "offset" from compared_partitions where topic = ${topic}`,
    );
    return new Map(rows.map(({ partition, offset }) => [partition, offset]));
  },

  noteLetters: (read, records) => inTransaction(sql, (tx) => noteLetters(tx, read, records)),

  advance: (compared, unaccounted) =>
    inTransaction(sql, (tx) => advance(tx, compared, unaccounted)),

  finish: (compared) =>
    inTransaction(sql, async (tx) => {
      await moveOn(tx, compared);
      await tx`
        update compared_partitions set compared_at = now()
        from ${placeRows(tx, 'place', compared)}
        where compared_partitions.topic = place.topic and compared_partitions.partition = place.partition`;
    }),

  restart: (topic, partition) =>
    inTransaction(sql, async (tx) => {
      await tx`delete from compared_partitions where topic = ${topic} and partition = ${partition}`;
      await tx`delete from missing_records where topic = ${topic} and partition = ${partition}`;
    }),

  reset: async () => {
    await withPostgres(
      async () => sql`truncate compared_partitions, lettered_records, missing_records`,
    );
  },
});

/**
 * One at a time, so that a letter is noted before its record is compared or finds it among the
 * missing.
 */
const lockPositions = (tx: Transaction) =>
  tx`lock table compared_partitions in share row exclusive mode`;

const noteLetters = async (
  tx: Transaction,
  read: TopicPlace,
  records: readonly TopicPlace[],
): Promise<void> => {
  await lockPositions(tx);
  const wanted = placeRows(tx, 'lettered', records);
  await tx`
        delete from missing_records missing using ${wanted}
        where missing.topic = lettered.topic and missing.partition = lettered.partition
          and missing.record_offset = lettered.record_offset`;
  await tx`
        insert into lettered_records (topic, partition, record_offset)
        select lettered.* from ${wanted} left join compared_partitions compared using (topic, partition)
        where record_offset >= coalesce(next_offset, 0)
        on conflict do nothing`;
  await moveOn(tx, [read]);
};

const advance = async (
  tx: Transaction,
  compared: TopicPlace,
  unaccounted: readonly MissingRecord[],
): Promise<readonly MissingRecord[]> => {
  await lockPositions(tx);
  const { topic, partition, offset } = compared;
  const found = await tx<{ offset: number }[]>`
        insert into missing_records (topic, partition, record_offset, written_at, reason, traces)
        select * from ${missingRows(tx, unaccounted)}
        where record_offset >= coalesce(
            (select next_offset from compared_partitions where topic = ${topic} and partition = ${partition}), 0)
          and not exists (select from lettered_records lettered
            where lettered.topic = missing.topic and lettered.partition = missing.partition
              and lettered.record_offset = missing.record_offset)
        on conflict do nothing
        returning record_offset as "offset"`;
  await moveOn(tx, [compared]);
  await tx`
        delete from lettered_records
        where topic = ${topic} and partition = ${partition} and record_offset < ${offset}`;
  const offsets = new Set(found.map((row) => row.offset));
  return unaccounted.filter((record) => offsets.has(record.offset));
};

const moveOn = (tx: Transaction, all: readonly TopicPlace[]) => tx`
  insert into compared_partitions (topic, partition, next_offset)
  select * from ${placeRows(tx, 'place', all)}
  on conflict (topic, partition) do update
    set next_offset = greatest(compared_partitions.next_offset, excluded.next_offset)`;
