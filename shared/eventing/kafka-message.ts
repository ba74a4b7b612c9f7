import type { Message } from 'kafkajs';
import type { Fact } from './fact.ts';
import { outgoingEvent } from './outgoing-event.ts';

/**
 * Writes a fact as a Kafka record in binary mode, by the CloudEvents Kafka binding:
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
 * The record always has a content type, without which a consumer in Node cannot parse it, and carries its key again as
 * `partitionkey`, because KafkaSource does not pass on the key of a record that is a CloudEvent. Written by hand because it runs once
 * per event; a test compares it with the SDK.
 */
export const toKafkaMessage = (fact: Fact): Message => {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  for (const [name, value] of Object.entries(outgoingEvent(fact)))
    headers[`ce_${name}`] = String(value);
  return { key: fact.partitionKey, value: JSON.stringify(fact.data), headers };
};
