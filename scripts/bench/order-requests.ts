import { generateOrders } from '../orders/generate-orders.ts';

type Options = Readonly<{ seed: number; orders: number; customers: number; prefix: string; hotShare?: number }>;

/**
 * Makes the requests that a KafkaSource sends for plain order records: the same headers, no content type.
 * `hotShare` of the orders go to one customer.
 */
export const makeRequests = ({ seed, orders, customers, prefix, hotShare = 0 }: Options): Buffer[] => {
  const records = generateOrders({ seed, records: orders, customers, prefix, duplicateShare: 0 });
  return [...records].map(({ key, value }, number) => {
    const hot = number % 100 < hotShare * 100;
    const body = hot ? String(value).replace(key, 'c-hot') : String(value);
    return toRequest(hot ? 'c-hot' : key, body, number);
  });
};

const toRequest = (key: string, body: string, number: number): Buffer =>
  Buffer.from(
    [
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
      `content-length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
