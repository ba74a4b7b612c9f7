import { Unavailable } from '#shared/domain/errors.ts';
import { Kafka, logLevel } from '#shared/eventing/kafka/kafkajs.ts';
import { type TopicReader, topicReader } from '#shared/eventing/kafka/topic-reader.ts';
import type { TopicRecord } from '#shared/eventing/kafka/topic-record.ts';
import { visitTopic } from './visit-topic.ts';

const clientId = 'read-topic';

/**
 * How often reading is retried while Kafka is not ready, such as while it elects the coordinator of
 * a group.
 */
const attemptsMax = 5;

/**
 * Reads everything that is in a topic at this moment, from its beginning.
 * @throws Unavailable when Kafka does not answer.
 */
export const readTopic = async (
  brokers: readonly string[],
  topic: string,
): Promise<readonly TopicRecord[]> => {
  const kafka = new Kafka({ clientId, brokers: [...brokers], logLevel: logLevel.NOTHING });
  const attempt = async (left: number): Promise<readonly TopicRecord[]> =>
    readAll(topicReader(kafka, clientId), topic).catch((error: unknown) => {
      if (!(error instanceof Unavailable) || left === 1) throw error;
      return attempt(left - 1);
    });
  return attempt(attemptsMax);
};

const readAll = async (reader: TopicReader, topic: string): Promise<readonly TopicRecord[]> => {
  const all: TopicRecord[] = [];
  await visitTopic(reader, topic, (records) => {
    all.push(...records);
    return Promise.resolve();
  });
  return all;
};
