import { createReadyTopics } from '#scripts/services/create-ready-topics.ts';
import { Kafka, logLevel } from '#shared/eventing/kafka/kafkajs.ts';

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
  await createReadyTopics(
    admin,
    topics.map((topic) => ({ topic, numPartitions: 12 })),
  );
  await admin.disconnect();
};
