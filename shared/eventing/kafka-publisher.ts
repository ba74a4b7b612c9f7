import { Kafka, logLevel, type Producer, type TopicMessages } from 'kafkajs';
import { Unavailable } from '#shared/domain/errors.ts';
import { toKafkaMessage } from './kafka-message.ts';
import type { Publication, Publisher } from './publisher.ts';

type Options = Readonly<{ brokers: readonly string[]; clientId: string }>;

/**
 * Publishes facts to Kafka, all of a call in one send, acknowledged by all in-sync replicas. It connects on first use.
 *
 * The producer is idempotent, so a retry inside the client writes nothing twice. After a failed send it is thrown away and
 * the next call starts another: kafkajs does not recover a producer whose sequence the broker no longer accepts, and a
 * fact written by both is dropped by its id.
 */
export const kafkaPublisher = ({ brokers, clientId }: Options): Publisher => {
  const kafka = new Kafka({
    clientId,
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 },
  });
  let connected: Promise<Producer> | undefined;

  const connect = async (): Promise<Producer> => {
    const producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
    });
    await producer.connect();
    return producer;
  };

  const discard = async (): Promise<void> => {
    const producer = connected;
    connected = undefined;
    await producer?.then((it) => it.disconnect()).catch(() => undefined);
  };

  return {
    publish: async (publications) => {
      connected ??= connect();
      try {
        const producer = await connected;
        await producer.sendBatch({ acks: -1, topicMessages: byTopic(publications) });
      } catch (error) {
        await discard();
        throw new Unavailable('kafka', 'Facts could not be published', { cause: error });
      }
    },
    close: discard,
  };
};

const byTopic = (publications: readonly Publication[]): TopicMessages[] =>
  [...Map.groupBy(publications, ({ fact }) => fact.topic)].map(([topic, group]) => ({
    topic,
    messages: group.map(toKafkaMessage),
  }));
