import { type CloudEventV1, Kafka } from 'cloudevents';
import type { IHeaders, Message } from 'kafkajs';
import type { Publication } from './publisher.ts';

/** What all our facts say of where they come from: a URI reference, as the specification asks. */
const factSource = '/guerdon';

/**
 * Writes a fact as a Kafka record in binary mode, by the CloudEvents Kafka binding:
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
 * The record always has a content type, without which a consumer in Node cannot parse it, and carries its key again as
 * `partitionkey`, because KafkaSource does not pass on the key of a record that is a CloudEvent.
 */
export const toKafkaMessage = ({ fact, correlationId, traceparent }: Publication): Message => {
  const event: CloudEventV1<string> = {
    specversion: '1.0',
    id: fact.id,
    source: factSource,
    type: fact.type,
    time: fact.time.toISOString(),
    partitionkey: fact.partitionKey,
    tenantid: fact.tenantId,
    ...(correlationId !== undefined && { correlationid: correlationId }),
    ...(traceparent !== undefined && { traceparent }),
  };
  const { headers } = Kafka.binary(event);
  return {
    key: fact.partitionKey,
    value: JSON.stringify(fact.data),
    headers: { ...(headers as IHeaders), 'content-type': 'application/json' },
  };
};
