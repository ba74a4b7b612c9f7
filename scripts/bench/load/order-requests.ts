import { type OrderStream, ordersOf } from './order-stream.ts';

/**
 * Makes the requests that a KafkaSource sends for order records, headers and all. Producers that do
 * not set a content type omit it, and so do the records; `contentType` is for servers that require
 * one.
 */
export const makeRequests = ({
  contentType,
  ...stream
}: OrderStream & Readonly<{ contentType?: string }>): Buffer[] =>
  ordersOf(stream).map(({ key, value }, number) => {
    const body = String(value);
    const head = [
      'POST / HTTP/1.1',
      'host: award-points',
      'ce-specversion: 1.0',
      'ce-type: dev.knative.kafka.event',
      'ce-source: /apis/v1/namespaces/guerdon/kafkasources/orders#orders',
      `ce-id: partition:0/offset:${number}`,
      `ce-subject: partition:0#${number}`,
      'ce-time: 2026-11-21T10:00:00Z',
      `ce-key: ${key}`,
      `ce-partitionkey: ${key}`,
      ...(contentType === undefined ? [] : [`content-type: ${contentType}`]),
      `content-length: ${Buffer.byteLength(body)}`,
    ];
    return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
  });
