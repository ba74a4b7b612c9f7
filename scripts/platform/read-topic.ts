import { Kafka, logLevel } from 'kafkajs';
import { topicReader } from '#shared/eventing/topic-reader.ts';
import type { TopicRecord } from '#shared/eventing/topic-record.ts';

const clientId = 'read-topic';

/** Reads everything that is in a topic at this moment, from its beginning. */
export const readTopic = async (
  brokers: readonly string[],
  topic: string,
): Promise<readonly TopicRecord[]> => {
  const kafka = new Kafka({ clientId, brokers: [...brokers], logLevel: logLevel.NOTHING });
  const reader = topicReader(kafka, clientId);
  const partitions = await reader.partitions(topic);
  const ranges = partitions.map(({ partition, low, high }) => ({
    ...{ topic, partition, next: low, end: high },
  }));
  const records: TopicRecord[] = [];
  await reader.read(ranges, {
    visit: (part) => {
      records.push(...part.records);
      return Promise.resolve();
    },
    isOver: () => false,
  });
  return records;
};
