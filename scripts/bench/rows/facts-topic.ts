import { Kafka, logLevel } from 'kafkajs';

/** Creates topics of facts, with as many partitions as infra/kafka-source gives them. */
export const createFactsTopics = async (
  brokers: string,
  topics: readonly string[],
): Promise<void> => {
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    topics: topics.map((topic) => ({ topic, numPartitions: 12 })),
    waitForLeaders: true,
  });
  await admin.disconnect();
};
