// Lets kafkajs write such a header.
import '#shared/eventing/kafka/kafka-writer.ts';

/**
 * A header value that a producer writes as null, as other clients can: of null kafkajs itself
 * cannot take the length.
 */
export const nullHeader = (): Buffer => null as unknown as Buffer;
