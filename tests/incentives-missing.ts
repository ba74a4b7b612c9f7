import { readTopic } from '#scripts/platform/topics/read-topic.ts';
import type { TopicRecord } from '#shared/eventing/kafka/topic-record.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';

/** A change of a row, as Debezium writes it. */
type RowChange = Readonly<{
  op: string;
  after: Readonly<Record<string, unknown>> | null;
  source: Readonly<{ lsn: number }>;
}>;

/** The change in a record; a tombstone has none. */
export const changeIn = ({ value }: TopicRecord): RowChange | undefined =>
  value === null ? undefined : (JSON.parse(String(value)) as RowChange);

/** Sorts records in the order in which they were written to a partition. */
export const byOffset = (one: TopicRecord, other: TopicRecord): number =>
  Number(one.offset) - Number(other.offset);

/** How many incentives have a last record in a topic that differs from Postgres. */
export const incentivesMissing = async (
  sql: Sql,
  { brokers, topic }: Readonly<{ brokers: readonly string[]; topic: string }>,
): Promise<number> => {
  const rows = await sql<{ incentiveId: string; status: string }[]>`
    select incentive_id, status from incentives`;
  const records = (await readTopic([...brokers], topic)).toSorted(byOffset);
  const last = new Map(
    records.map((record) => [String(record.key), changeIn(record)?.after?.['status']]),
  );
  return rows.filter(
    ({ incentiveId, status }) => last.get(JSON.stringify({ incentive_id: incentiveId })) !== status,
  ).length;
};
