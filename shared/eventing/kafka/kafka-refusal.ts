import type { KafkaJSProtocolError } from 'kafkajs';
import { InvalidEvent, Unavailable } from '#shared/domain/errors.ts';
import type { Unpublished } from '../publisher.ts';

/** Kafka's response to a request; undefined if it could not be reached. */
export const refusalIn = (error: unknown): KafkaJSProtocolError | undefined => {
  if (!(error instanceof Error)) return undefined;
  return isRefusal(error) ? error : refusalIn(error.cause);
};

/** By its name, because Node does not find the classes of errors among the exports of kafkajs. */
const isRefusal = (error: Error): error is KafkaJSProtocolError =>
  error.name === 'KafkaJSProtocolError';

/**
 * Errors that a record causes and that recur on every attempt:
 * https://kafka.apache.org/protocol#protocol_error_codes
 */
const faultsOfRecords: readonly string[] = [
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
];

/** Whether Kafka refuses one of the records itself, and will do so every time. */
export const isFaultOfRecord = ({ type }: KafkaJSProtocolError): boolean =>
  faultsOfRecords.includes(type);

/** The error of a record: `InvalidEvent` where Kafka will refuse it every time. */
export const toPublishError = (
  error: unknown,
  refusal: KafkaJSProtocolError | undefined,
): Unpublished['error'] =>
  refusal !== undefined && isFaultOfRecord(refusal)
    ? new InvalidEvent('event-refused', `Kafka refused the event: ${refusal.message}`, {
        cause: error,
      })
    : new Unavailable('kafka', 'The event could not be published', { cause: error });
