import { randomUUID } from 'node:crypto';
import { Kafka, type KafkaMessage, logLevel } from 'kafkajs';
import { askPatiently } from '#scripts/knative/kafka/ask-patiently.ts';

/** Reads everything that stands in a topic at this moment, from its beginning. */
export const readTopic = async (
  brokers: readonly string[],
  topic: string,
): Promise<readonly KafkaMessage[]> => {
  const kafka = new Kafka({ clientId: 'demo', brokers: [...brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const ends = await askPatiently(() => admin.fetchTopicOffsets(topic));
  const missing = new Map(
    ends
      .filter(({ low, high }) => Number(high) > Number(low))
      .map(({ partition, high }) => [partition, Number(high)]),
  );
  const messages: KafkaMessage[] = [];
  if (missing.size > 0) await consume();
  await admin.disconnect();
  return messages;

  async function consume(): Promise<void> {
    const groupId = `demo-${randomUUID()}`;
    const consumer = kafka.consumer({ groupId });
    const { promise: finished, resolve } = Promise.withResolvers<undefined>();
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachBatch: ({ batch }) => {
        messages.push(...batch.messages);
        if (Number(batch.lastOffset()) + 1 >= (missing.get(batch.partition) ?? 0))
          missing.delete(batch.partition);
        if (missing.size === 0) resolve(undefined);
        return Promise.resolve();
      },
    });
    await finished;
    await consumer.disconnect();
    await admin.deleteGroups([groupId]);
  }
};
