import { Kafka, logLevel } from 'kafkajs';

/** Makes the topic of the facts, with as many partitions as infra/kafka-source gives it. */
export const createFactsTopic = async (brokers: string): Promise<void> => {
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    topics: [{ topic: 'points-events', numPartitions: 12 }],
    waitForLeaders: true,
  });
  await admin.disconnect();
};
