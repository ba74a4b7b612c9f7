import {
  type ICustomPartitioner,
  type Message,
  Partitioners,
  type Producer,
  type RecordMetadata,
} from 'kafkajs';
import { encodeProduce, isPlainProduce } from './encode-produce.ts';
import { type KafkaOptions, kafkaClient } from './kafka-client.ts';
import { produceRequests } from './kafkajs-internals.ts';

/** The versions of the request that have the layout which `encodeProduce` writes. */
const isKnown = (version: number): boolean => version >= 3 && version <= 7;

const { protocol } = produceRequests;

/**
 * Loading this file lets kafkajs (2.2.4) send requests to produce as `encodeProduce` writes them.
 * kafkajs handles everything else about a request, its retries and its response.
 * docs/decisions/0029 explains why.
 */
produceRequests.protocol = (chosen) => {
  const produce = protocol(chosen);
  if (produce === undefined || !isKnown(chosen.version)) return produce;
  return (parts) => {
    const { request, response } = produce(parts);
    if (!isPlainProduce(parts)) return { request, response };
    const encode = () => {
      const bytes = encodeProduce(parts, Date.now());
      return Promise.resolve({ buf: bytes, buffer: bytes });
    };
    return { request: { ...request, encode }, response };
  };
};

/** Kafka records with the topic of each, in the order in which they are to be written. */
export type TopicRecords = readonly Readonly<{ topic: string; message: Message }>[];

/** Writes records to Kafka, one request at a time. */
export type KafkaProducer = Readonly<{
  /**
   * Resolves once all in-sync replicas have every record. Call it again only after the call before
   * it has ended.
   * @throws what kafkajs throws; some of the records may have been written then.
   */
  send: (records: TopicRecords) => Promise<void>;
  close: () => Promise<void>;
}>;

/**
 * An idempotent producer that acknowledges nothing that Kafka does not have. It connects on first
 * use.
 *
 * Kafka tells a retry from a new batch by its sequence number alone, not by its content. kafkajs
 * takes the numbers of a request back when the request fails, so the next request of the same
 * producer reuses them: if Kafka had written the failed one and only its response was lost, it
 * acknowledges the next one as a duplicate and drops it. Three rules prevent that:
 *
 * - One request is under way at a time, so only a retry of the same records can reuse their
 *   numbers.
 * - A retry sends each record to the partition that was chosen first, also when the topic has more
 *   partitions by then.
 * - After a failure the producer, and with it the producer id that its numbers belong to, is never
 *   used again.
 *
 * kafkajs also skips the records of a partition whose leader moves, during a retry, to a broker
 * that has already answered. So a request counts as written only when the responses name every
 * partition that it was sent to.
 */
export const kafkaProducer = (options: KafkaOptions): KafkaProducer => {
  const kafka = kafkaClient(options);
  let connected: Promise<Producer> | undefined;

  const connect = async (): Promise<Producer> => {
    const producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: stickyPartitioner,
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
    send: async (records) => {
      const byTopic = Map.groupBy(records, ({ topic }) => topic);
      const topicMessages = Array.from(byTopic, ([topic, own]) => ({
        topic,
        messages: own.map(({ message }) => message),
      }));
      connected ??= connect();
      try {
        const producer = await connected;
        requireAnswers(records, await producer.sendBatch({ acks: -1, topicMessages }));
      } catch (error) {
        await discard();
        throw error;
      }
    },
    close: discard,
  };
};

/**
 * Chooses the partition of a record once and stores it in the record, since kafkajs calls this
 * again for each retry.
 */
const stickyPartitioner: ICustomPartitioner = () => {
  const choose = Partitioners.DefaultPartitioner();
  return (asked) => (asked.message.partition ??= choose(asked));
};

/** @throws Error when a partition that records were sent to is not among the responses. */
const requireAnswers = (records: TopicRecords, responses: readonly RecordMetadata[]): void => {
  const answered = new Set(
    responses.map(({ topicName, partition }) => `${topicName} ${partition}`),
  );
  const missing = records.find(
    ({ topic, message }) => !answered.has(`${topic} ${String(message.partition)}`),
  );
  if (missing === undefined) return;
  const { topic, message } = missing;
  throw new Error(`Kafka did not acknowledge partition ${String(message.partition)} of ${topic}`);
};
