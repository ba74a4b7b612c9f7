import { type OrderStream, ordersOf } from './order-stream.ts';
import { recordRequest } from './record-request.ts';

/**
 * Makes the requests that a KafkaSource sends for order records, headers and all. Producers that do
 * not set a content type omit it, and so do the records; `contentType` is for servers that require
 * one.
 */
export const makeRequests = ({
  contentType,
  ...stream
}: OrderStream & Readonly<{ contentType?: string }>): Buffer[] =>
  ordersOf(stream).map(({ key, value }, offset) =>
    recordRequest({
      ...{ host: 'award-points', topic: 'orders', offset, key },
      time: '2026-11-21T10:00:00Z',
      body: String(value),
      contentType,
    }),
  );
