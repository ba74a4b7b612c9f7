import { Kafka, logLevel } from 'kafkajs';
import { eventually } from '#scripts/services/eventually.ts';

/**
 * Creates topics of events, with as many partitions as in infra/kafka-source, and waits until each
 * has its leaders.
 */
export const createEventsTopics = async (
  brokers: string,
  topics: readonly string[],
): Promise<void> => {
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    topics: topics.map((topic) => ({ topic, numPartitions: 12 })),
    waitForLeaders: false,
  });
  // kafkajs waits for leaders itself, but gives up while a busy broker does not know the topic yet.
  const haveLeaders = async () => {
    const { topics: known } = await admin.fetchTopicMetadata({ topics: [...topics] });
    return known.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
  };
  if (!(await eventually(haveLeaders, { timeoutMs: 30_000 })))
    throw new Error(`The topics ${topics.join(', ')} have no leaders`);
  await admin.disconnect();
};
