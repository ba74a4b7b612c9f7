import { setImmediate as nextTurn } from 'node:timers/promises';
import { Unavailable } from '#shared/domain/errors.ts';
import type { Unpublished } from '../publisher.ts';
import { type KafkaOptions, kafkaClient } from './kafka-client.ts';
import { isFaultOfRecord, refusalIn, toPublishError } from './kafka-refusal.ts';
import {
  type ICustomPartitioner,
  type KafkaJSProtocolError,
  type Message,
  Partitioners,
  type Producer,
  type RecordMetadata,
} from './kafkajs.ts';

/** How to reach Kafka, and how much may wait for it. */
export type WriterOptions = Readonly<{
  brokers: readonly string[];
  clientId: string;
  /** Bytes of the records that may wait; while more do, further calls fail with Unavailable. */
  waitingBytesMax?: number;
}>;

/** A record with the most bytes that it takes in a request. */
export type SizedRecord = TopicRecords[number] & Readonly<{ bytes: number }>;

/** Writes records to Kafka. */
export type KafkaWriter = Readonly<{
  /**
   * Resolves once all in-sync replicas have each record or it has failed, with one result per
   * record, in order: `undefined` where it is written, else `Unavailable` where writing it again
   * may succeed and `InvalidEvent` where Kafka will refuse it every time. It never rejects.
   */
  write: (records: readonly SizedRecord[]) => Promise<readonly WriteResult[]>;
  /** Connects ahead of the first record. @throws what kafkajs throws when it cannot. */
  open: () => Promise<void>;
  close: () => Promise<void>;
}>;

type WriteResult = Unpublished['error'] | undefined;

/** Records of one request: the time that kafkajs takes grows with the square of their number. */
const requestRecordsMax = 1_000;

/**
 * Bytes of the records of one request, and so of each partition's share of it. Kafka takes
 * 1,048,588 bytes for a partition unless a topic's `max.message.bytes` differs.
 */
const requestBytesMax = 1_000_000;

type Waiting = Outgoing & Readonly<{ bytes: number }>;

/**
 * Writes records to Kafka, acknowledged by all in-sync replicas. Concurrent calls share requests,
 * and only one request is in progress at a time, as the producer requires. While Kafka cannot be
 * reached, all waiting calls fail together instead of one after the other.
 */
export const kafkaWriter = ({
  waitingBytesMax = 33_554_432,
  ...options
}: WriterOptions): KafkaWriter => {
  const producer = kafkaProducer(options);
  let waiting: Waiting[] = [];
  let isSending = false;

  const sendAll = async (): Promise<void> => {
    isSending = true;
    while (waiting.length > 0) {
      // Calls of the same turn of the event loop share the request.
      await nextTurn();
      const records = firstRequest(waiting);
      waiting = waiting.slice(records.length);
      const answers = await deliverRecords(producer, records);
      if (!answers) waiting.splice(0).forEach(({ settle }) => settle(unavailable()));
    }
    isSending = false;
  };

  return {
    write: (records) => {
      if (bytesOf(waiting) >= waitingBytesMax) {
        const error = new Unavailable('self', `${waiting.length} records wait for Kafka`);
        return Promise.resolve(records.map(() => error));
      }
      const written = records.map(
        (record) =>
          new Promise<WriteResult>((settle) => {
            waiting.push({ ...record, settle });
          }),
      );
      if (!isSending) void sendAll();
      return Promise.all(written);
    },
    open: () => producer.open(),
    close: () => producer.close(),
  };
};

/** As many of the records as one request may hold, the first one in any case. */
const firstRequest = (records: readonly Waiting[]): readonly Waiting[] => {
  let bytes = 0;
  const end = records
    .slice(0, requestRecordsMax)
    .findIndex((record, index) => (bytes += record.bytes) > requestBytesMax && index > 0);
  return records.slice(0, end < 0 ? requestRecordsMax : end);
};

const bytesOf = (records: readonly Waiting[]): number =>
  records.reduce((sum, { bytes }) => sum + bytes, 0);

const unavailable = (): Unavailable => new Unavailable('kafka', 'Kafka is unavailable');

/**
 * The most that the variable-length integers and the attributes around a record's key and value
 * take.
 */
const recordOverheadBytes = 41;

/** The most that the two lengths of a header take. */
const headerOverheadBytes = 10;

/**
 * The most bytes that a record takes in an uncompressed batch:
 * https://kafka.apache.org/documentation/#record
 */
export const recordBytes = ({ key, value, headers = {} }: Message): number =>
  Object.entries(headers).reduce(
    (sum, [name, text]) =>
      sum + headerOverheadBytes + Buffer.byteLength(name) + byteLength(text?.toString()),
    recordOverheadBytes + byteLength(key) + byteLength(value),
  );

const byteLength = (data: Buffer | string | null | undefined): number =>
  data === null || data === undefined ? 0 : Buffer.byteLength(data);

/** A record, and the caller that waits for it. */
export type Outgoing = TopicRecords[number] &
  Readonly<{ settle: (error?: Unpublished['error']) => void }>;

/**
 * Sends records and settles each: without an error once Kafka has it, else with its own error. If
 * Kafka refuses a request, its topics are sent separately, and within a topic by bisection, so that
 * one bad record or topic fails alone. Resolves to whether Kafka answered.
 */
export const deliverRecords = async (
  producer: Pick<KafkaProducer, 'send'>,
  records: readonly Outgoing[],
): Promise<boolean> => {
  try {
    await producer.send(records);
    for (const { settle } of records) settle();
    return true;
  } catch (error) {
    const refusal = refusalIn(error);
    const parts = refusal === undefined ? [] : partsOf(records, refusal);
    if (parts.length > 1) return deliverParts(producer, parts);
    for (const { settle } of records) settle(toPublishError(error, refusal));
    return refusal !== undefined;
  }
};

const deliverParts = async (
  producer: Pick<KafkaProducer, 'send'>,
  parts: readonly (readonly Outgoing[])[],
): Promise<boolean> => {
  let answers = true;
  for (const part of parts) answers = (await deliverRecords(producer, part)) && answers;
  return answers;
};

const partsOf = (
  records: readonly Outgoing[],
  refusal: KafkaJSProtocolError,
): readonly (readonly Outgoing[])[] => {
  const byTopic = Map.groupBy(records, ({ topic }) => topic);
  if (byTopic.size > 1) return [...byTopic.values()];
  if (records.length === 1 || !isFaultOfRecord(refusal)) return [records];
  const middle = Math.ceil(records.length / 2);
  return [records.slice(0, middle), records.slice(middle)];
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
  /** Connects, unless it is connected. @throws what kafkajs throws. */
  open: () => Promise<void>;
  close: () => Promise<void>;
}>;

/**
 * An idempotent producer that acknowledges only records that Kafka has. It connects on first use.
 *
 * Kafka recognizes a retry of a batch by its sequence number alone, not by its content. kafkajs
 * takes the numbers of a request back when the request fails, so the next request of the same
 * producer reuses them: if Kafka had written the failed one and only its response was lost, it
 * acknowledges the next one as a duplicate and drops it. Three rules prevent that:
 *
 * - One request is under way at a time, so only a retry of the same records can reuse their
 * numbers.
 * - A retry sends each record to the partition that was chosen first, also when the topic has more
 * partitions by then.
 * - After a failure the producer, and with it the producer id that its numbers belong to, is never
 * used again.
 *
 * kafkajs also skips the records of a partition whose leader moves, during a retry, to a broker
 * that has already answered. So a request counts as written only when the responses name every
 * partition that it was sent to.
 */
const kafkaProducer = (options: KafkaOptions): KafkaProducer => {
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

  const withProducer = async (work: (producer: Producer) => Promise<void>): Promise<void> => {
    connected ??= connect();
    try {
      await work(await connected);
    } catch (error) {
      await discard();
      throw error;
    }
  };

  return {
    send: (records) => {
      const byTopic = Map.groupBy(records, ({ topic }) => topic);
      const topicMessages = Array.from(byTopic, ([topic, own]) => ({
        topic,
        messages: own.map(({ message }) => message),
      }));
      return withProducer(async (producer) =>
        requireAnswers(records, await producer.sendBatch({ acks: -1, topicMessages })),
      );
    },
    open: () => withProducer(() => Promise.resolve()),
    close: discard,
  };
};

/**
 * Chooses the partition of a record once and stores it in the record, since kafkajs calls this
 * again for each retry.
 */
const stickyPartitioner: ICustomPartitioner = () => {
  const choose = Partitioners.DefaultPartitioner();
  return (sending) => (sending.message.partition ??= choose(sending));
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
