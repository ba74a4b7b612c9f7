import type { TopicReader } from '#shared/eventing/kafka/topic-reader.ts';
import type { TopicRecord } from '#shared/eventing/kafka/topic-record.ts';

/**
 * Visits all records that a topic has at this moment, from its beginning, in order within a
 * partition.
 * @throws what `visit` throws, and Unavailable when Kafka does not answer.
 */
export const visitTopic = async (
  reader: TopicReader,
  topic: string,
  visit: (records: readonly TopicRecord[]) => Promise<void>,
): Promise<void> => {
  const ranges = (await reader.partitions(topic)).map(({ partition, low, high }) => ({
    ...{ topic, partition, next: low, end: high },
  }));
  await reader.read(ranges, { visit: ({ records }) => visit(records), isOver: () => false });
};
