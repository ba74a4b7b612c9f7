import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { askPatiently } from '#shared/eventing/ask-patiently.ts';
import type { TopicRecord } from '#shared/eventing/topic-record.ts';

/** Reads everything that stands in a topic at this moment, from its beginning. */
export const readTopic = async (
  brokers: readonly string[],
  topic: string,
): Promise<readonly TopicRecord[]> => {
  const kafka = new Kafka({
    clientId: 'read-topic',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
  });
  const admin = kafka.admin();
  await admin.connect();
  const ends = await askPatiently(() => admin.fetchTopicOffsets(topic));
  const missing = new Map(
    ends
      .filter(({ low, high }) => Number(high) > Number(low))
      .map(({ partition, high }) => [partition, Number(high)]),
  );
  const records: TopicRecord[] = [];
  if (missing.size > 0) await consume();
  await admin.disconnect();
  return records;

  async function consume(): Promise<void> {
    const groupId = `read-topic-${randomUUID()}`;
    const consumer = kafka.consumer({ groupId });
    const { promise: finished, resolve } = Promise.withResolvers<undefined>();
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachBatch: ({ batch }) => {
        const { partition } = batch;
        for (const message of batch.messages) records.push({ ...message, partition });
        if (Number(batch.lastOffset()) + 1 >= (missing.get(partition) ?? 0))
          missing.delete(partition);
        if (missing.size === 0) resolve(undefined);
        return Promise.resolve();
      },
    });
    await finished;
    await consumer.disconnect();
    await admin.deleteGroups([groupId]);
  }
};
