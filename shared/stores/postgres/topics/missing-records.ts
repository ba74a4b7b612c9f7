import { rowsOf, type Sql, type Transaction } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';
import type { RecordTraces } from './record-traces.ts';

/** A record without an effect, although its consumer group has passed it. */
export type MissingRecord = Readonly<{
  topic: string;
  partition: number;
  offset: number;
  writtenAt: Date;
  /** Why it was probably not delivered. */
  reason: string;
  /** The rows that it should have left; undefined if it cannot be read. */
  traces: RecordTraces | undefined;
}>;

/**
 * The state of a topic: how many records are missing, and when everything delivered had been
 * compared.
 */
export type TopicState = Readonly<{ topic: string; missing: number; comparedAt: Date }>;

type Place = Pick<MissingRecord, 'topic' | 'partition' | 'offset'>;

export type MissingRecords = Readonly<{
  /** The next of them, in the order of topic, partition and offset. */
  page: (after: Place | undefined, recordsMax: number) => Promise<readonly MissingRecord[]>;
  /** Removes those that are accounted for now. */
  remove: (records: readonly Place[]) => Promise<void>;
  /** Removes those that retention has deleted: they can no longer be sent again. */
  forgetBefore: (place: Place) => Promise<void>;
  /** Those of these topics that were ever compared. */
  states: (topics: readonly string[]) => Promise<readonly TopicState[]>;
}>;

type Row = Omit<MissingRecord, 'traces'> & Readonly<{ traces: RecordTraces | null }>;

/** The records that the comparison of topics found missing. */
export const missingRecords = (sql: Sql): MissingRecords => ({
  page: (after, recordsMax) =>
    withPostgres(async () => {
      const rows = await sql<Row[]>`
        select topic, partition, record_offset as "offset", written_at, reason, traces
        from missing_records
        where (topic, partition, record_offset)
          > (${after?.topic ?? ''}, ${after?.partition ?? -1}, ${after?.offset ?? -1})
        order by topic, partition, record_offset
        limit ${recordsMax}`;
      return rows.map((row) => ({ ...row, traces: row.traces ?? undefined }));
    }),

  remove: async (records) => {
    await withPostgres(
      async () => sql`
        delete from missing_records missing
        using ${placeRows(sql, 'done', records)}
        where missing.topic = done.topic and missing.partition = done.partition
          and missing.record_offset = done.record_offset`,
    );
  },

  forgetBefore: async ({ topic, partition, offset }) => {
    await withPostgres(
      async () => sql`
        delete from missing_records
        where topic = ${topic} and partition = ${partition} and record_offset < ${offset}`,
    );
  },

  states: (topics) =>
    withPostgres(
      async () => sql<TopicState[]>`
        select topic, min(compared_at) as compared_at,
          (select count(*) from missing_records missing where missing.topic = compared.topic) as missing
        from compared_partitions compared where topic = any(${[...topics]}) group by topic order by topic`,
    ),
});

const placeColumns = { topic: 'text', partition: 'integer', recordOffset: 'bigint' } as const;

const withOffset = <At extends Place>(place: At) => ({ ...place, recordOffset: place.offset });

/** Places as rows of a table of that name. */
export const placeRows = (sql: Sql | Transaction, name: string, places: readonly Place[]) =>
  rowsOf(sql, { [name]: places.map(withOffset) }, placeColumns);

/** Records as rows of a table named `missing`. */
export const missingRows = (tx: Transaction, records: readonly MissingRecord[]) =>
  rowsOf(
    tx,
    { missing: records.map(withOffset) },
    {
      ...{ ...placeColumns, writtenAt: 'timestamptz', reason: 'text', traces: 'jsonb' },
    },
  );
