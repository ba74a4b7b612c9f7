import type { KafkaJSProtocolError } from 'kafkajs';
import { InvalidEvent, Unavailable } from '#shared/domain/errors.ts';
import type { KafkaProducer, TopicRecords } from './kafka-producer.ts';
import type { Unpublished } from './publisher.ts';

/** A record, and whoever waits for it. */
export type Outgoing = TopicRecords[number] &
  Readonly<{ settle: (error?: Unpublished['error']) => void }>;

/**
 * Sends records and settles each: without an error once Kafka has it, else with its own error.
 * Where Kafka refuses a request, the topics are sent apart, and within a topic halves of halves, so
 * that what is wrong with one record or topic fails nothing else. Resolves to whether Kafka
 * answered.
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
    for (const { settle } of records) settle(toError(error, refusal));
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

/**
 * What Kafka answered a request, where it did; undefined where it could not be reached or asked.
 */
const refusalIn = (error: unknown): KafkaJSProtocolError | undefined => {
  if (!(error instanceof Error)) return undefined;
  return isRefusal(error) ? error : refusalIn(error.cause);
};

/** By its name, because Node does not find the classes of errors among the exports of kafkajs. */
const isRefusal = (error: Error): error is KafkaJSProtocolError =>
  error.name === 'KafkaJSProtocolError';

/**
 * Errors that are the fault of a record and meet it every time:
 * https://kafka.apache.org/protocol#protocol_error_codes
 */
const faultsOfRecords: readonly string[] = [
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
];

const partsOf = (
  records: readonly Outgoing[],
  { type }: KafkaJSProtocolError,
): readonly (readonly Outgoing[])[] => {
  const byTopic = Map.groupBy(records, ({ topic }) => topic);
  if (byTopic.size > 1) return [...byTopic.values()];
  if (records.length === 1 || !faultsOfRecords.includes(type)) return [records];
  const middle = Math.ceil(records.length / 2);
  return [records.slice(0, middle), records.slice(middle)];
};

const toError = (
  error: unknown,
  refusal: KafkaJSProtocolError | undefined,
): Unpublished['error'] =>
  refusal !== undefined && faultsOfRecords.includes(refusal.type)
    ? new InvalidEvent('event-refused', `Kafka refused the event: ${refusal.message}`, {
        cause: error,
      })
    : new Unavailable('kafka', 'The event could not be published', { cause: error });
