import { setImmediate as nextTurn } from 'node:timers/promises';
import { InvalidEvent, Unavailable } from '#shared/domain/errors.ts';
import { deliverRecords, type Outgoing } from './deliver-records.ts';
import type { Fact } from './fact.ts';
import { toKafkaMessage } from './kafka-message.ts';
import { kafkaProducer } from './kafka-producer.ts';
import type { Publisher, Unpublished } from './publisher.ts';
import { recordBytes } from './record-bytes.ts';

type Options = Readonly<{
  brokers: readonly string[];
  clientId: string;
  /** Bytes of the records that may wait; while more do, further calls fail with Unavailable. */
  waitingBytesMax?: number;
}>;

/** Records of one request: kafkajs takes time that grows with the square of it. */
const requestRecordsMax = 1_000;

/**
 * Bytes of the records of one request, and so of each partition's share of it. Kafka takes
 * 1,048,588 bytes for a partition unless a topic's `max.message.bytes` says otherwise.
 */
const requestBytesMax = 1_000_000;

/**
 * Bytes of a record that is sent alone: what Kafka takes for a partition without the header of a
 * batch.
 */
const recordBytesMax = 1_048_588 - 61;

type Waiting = Outgoing & Readonly<{ bytes: number }>;

/**
 * Publishes events to Kafka, acknowledged by all in-sync replicas. The calls in flight share
 * requests, of which one is under way at a time: it bounds their size, and kafkaProducer needs it.
 * While Kafka cannot be reached, all that wait fail together instead of one after the other.
 */
export const kafkaPublisher = ({
  waitingBytesMax = 33_554_432,
  ...options
}: Options): Publisher => {
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

  const send = (fact: Fact): Promise<Unpublished['error'] | undefined> => {
    const record = encode(fact);
    if (record instanceof InvalidEvent) return Promise.resolve(record);
    return new Promise((settle) => {
      waiting.push({ ...record, settle });
    });
  };

  return {
    publish: async (facts) => {
      if (bytesOf(waiting) >= waitingBytesMax) {
        const error = new Unavailable('self', `${waiting.length} events wait for Kafka`);
        return facts.map((fact) => ({ fact, error }));
      }
      const sent = facts.map(send);
      if (!isSending) void sendAll();
      const errors = await Promise.all(sent);
      return facts.flatMap((fact, index) => {
        const error = errors[index];
        return error === undefined ? [] : [{ fact, error }];
      });
    },
    close: () => producer.close(),
  };
};

/** The record of an event, or why there can be none. */
const encode = (fact: Fact): Omit<Waiting, 'settle'> | InvalidEvent => {
  const { id, type, topic } = fact;
  try {
    const message = toKafkaMessage(fact);
    const bytes = recordBytes(message);
    if (bytes <= recordBytesMax) return { topic, message, bytes };
    const detail = `Event ${id} (${type}) takes ${bytes} bytes, more than ${recordBytesMax}`;
    return new InvalidEvent('event-too-large', detail);
  } catch (error) {
    return new InvalidEvent('event-malformed', `Event ${id} (${type}) cannot be written as JSON`, {
      cause: error,
    });
  }
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

const unavailable = (): Unavailable => new Unavailable('kafka', 'Kafka cannot be reached');
