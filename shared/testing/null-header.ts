// Lets kafkajs write such a header.
import '#shared/eventing/kafka/kafka-writer.ts';

/**
 * A header value that kafkajs writes as null, as other clients can; null itself makes it fail when
 * it computes the length.
 */
export const nullHeader = (): Buffer => null as unknown as Buffer;
