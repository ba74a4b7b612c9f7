import type { Message } from 'kafkajs';
import { InvalidEvent } from '#shared/domain/errors.ts';
import { type Fact, outgoingEvent } from './fact.ts';
import { kafkaWriter, recordBytes, type SizedRecord, type WriterOptions } from './kafka-writer.ts';
import type { Publisher } from './publisher.ts';

/**
 * Bytes of a record that is sent alone: what Kafka takes for a partition without the header of a
 * batch.
 */
const recordBytesMax = 1_048_588 - 61;

/** Publishes events to Kafka, acknowledged by all in-sync replicas. */
export const kafkaPublisher = (options: WriterOptions): Publisher => {
  const writer = kafkaWriter(options);
  return {
    publish: async (facts) => {
      const records = facts.map(encode);
      const written = (await writer.write(records.filter(isRecord))).values();
      return facts.flatMap((fact, index) => {
        const record = records[index];
        const error = record instanceof InvalidEvent ? record : written.next().value;
        return error === undefined ? [] : [{ fact, error }];
      });
    },
    close: () => writer.close(),
  };
};

const isRecord = (record: SizedRecord | InvalidEvent): record is SizedRecord =>
  !(record instanceof InvalidEvent);

/** The record of an event, or why there can be none. */
const encode = (fact: Fact): SizedRecord | InvalidEvent => {
  const { id, type, topic } = fact;
  try {
    const message = toKafkaMessage(fact);
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
 * Writes a fact as a Kafka record in binary mode, by the CloudEvents Kafka binding:
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
 * The record always has a content type, without which a consumer in Node cannot parse it, and
 * carries its key again as
 * `partitionkey`, because KafkaSource does not pass on the key of a record that is a CloudEvent.
 * Written by hand because it runs once per event; a test compares it with the SDK.
 */
export const toKafkaMessage = (fact: Fact): Message => {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  for (const [name, value] of Object.entries(outgoingEvent(fact)))
    headers[`ce_${name}`] = String(value);
  return { key: fact.partitionKey, value: JSON.stringify(fact.data), headers };
};
