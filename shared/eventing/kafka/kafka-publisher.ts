import type { Message } from 'kafkajs';
import { InvalidEvent, Unavailable } from '#shared/domain/errors.ts';
import { type DomainEvent, outgoingEvent } from '../domain-event.ts';
import type { EventEncoder } from '../event-encoder.ts';
import type { Publisher, Unpublished } from '../publisher.ts';
import { kafkaWriter, recordBytes, type SizedRecord, type WriterOptions } from './kafka-writer.ts';

/**
 * Bytes of a record that is sent alone: what Kafka takes for a partition without the header of a
 * batch.
 */
const recordBytesMax = 1_048_588 - 61;

/** `encoder`: for events that are not JSON. */
type Options = WriterOptions & Readonly<{ encoder?: EventEncoder | undefined }>;

/** Publishes events to Kafka, acknowledged by all in-sync replicas. */
export const kafkaPublisher = ({ encoder, ...options }: Options): Publisher => {
  const writer = kafkaWriter(options);
  return {
    publish: async (domainEvents) => {
      const records =
        encoder === undefined
          ? domainEvents.map((domainEvent) => encode(domainEvent))
          : await Promise.all(domainEvents.map((domainEvent) => encodeBy(encoder, domainEvent)));
      const written = (await writer.write(records.filter(isRecord))).values();
      return domainEvents.flatMap((domainEvent, index) => {
        const record = records[index];
        const error = record instanceof Error ? record : written.next().value;
        return error === undefined ? [] : [{ domainEvent, error }];
      });
    },
    open: () => writer.open(),
    close: () => writer.close(),
  };
};

/** The record of an event, or why there is none. */
type Encoded = SizedRecord | Unpublished['error'];

const isRecord = (record: Encoded): record is SizedRecord => !(record instanceof Error);

const encodeBy = async (encoder: EventEncoder, domainEvent: DomainEvent): Promise<Encoded> => {
  try {
    const value = await encoder.encode(domainEvent);
    return encode(domainEvent, value && { value, contentType: encoder.contentType });
  } catch (error) {
    if (error instanceof InvalidEvent || error instanceof Unavailable) return error;
    throw error;
  }
};

/** The data of an event where it is not JSON. */
type Data = Readonly<{ value: Buffer; contentType: string }>;

const encode = (domainEvent: DomainEvent, data?: Data): Encoded => {
  const { id, type, topic } = domainEvent;
  try {
    const message = toKafkaMessage(domainEvent, data);
    const bytes = recordBytes(message);
    if (bytes <= recordBytesMax) return { topic, message, bytes };
    const detail = `Event ${id} (${type}) has ${bytes} bytes; the maximum is ${recordBytesMax}`;
    return new InvalidEvent('event-too-large', detail);
  } catch (error) {
    return new InvalidEvent('event-malformed', `Event ${id} (${type}) cannot be written as JSON`, {
      cause: error,
    });
  }
};

/**
 * Writes an event as a Kafka record in binary mode, by the CloudEvents Kafka binding:
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
 * The record always has a content type, without which a consumer in Node cannot parse it, and
 * carries its key again as `partitionkey`, because KafkaSource does not pass on the key of a record
 * that is a CloudEvent. Written by hand because it runs once per event; a test compares it with the
 * SDK.
 */
export const toKafkaMessage = (domainEvent: DomainEvent, data?: Data): Message => {
  const contentType = data?.contentType ?? 'application/json';
  const headers: Record<string, string> = { 'content-type': contentType };
  for (const [name, value] of Object.entries(outgoingEvent(domainEvent)))
    headers[`ce_${name}`] = String(value);
  return {
    key: domainEvent.partitionKey,
    value: data?.value ?? JSON.stringify(domainEvent.data),
    headers,
  };
};
