import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Message } from 'kafkajs';
import { Unavailable } from '#shared/domain/errors.ts';
import { deliverRecords, type Outgoing } from './deliver-records.ts';
import { kafkaProducer, type TopicRecords } from './kafka-producer.ts';
import type { Unpublished } from './publisher.ts';

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
  close: () => Promise<void>;
}>;

type WriteResult = Unpublished['error'] | undefined;

/** Records of one request: kafkajs takes time that grows with the square of it. */
const requestRecordsMax = 1_000;

/**
 * Bytes of the records of one request, and so of each partition's share of it. Kafka takes
 * 1,048,588 bytes for a partition unless a topic's `max.message.bytes` says otherwise.
 */
const requestBytesMax = 1_000_000;

type Waiting = Outgoing & Readonly<{ bytes: number }>;

/**
 * Writes records to Kafka, acknowledged by all in-sync replicas. The calls in flight share
 * requests, of which one is under way at a time: it bounds their size, and kafkaProducer needs it.
 * While Kafka cannot be reached, all that wait fail together instead of one after the other.
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
