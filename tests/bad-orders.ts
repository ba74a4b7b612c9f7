/** A request of an event source, or of a client that is none. */
export type Knock = Readonly<{
  what: string;
  method?: string;
  headers?: Readonly<Record<string, string>>;
  body?: string | Buffer<ArrayBuffer>;
  status: number;
  /** The problem it is answered with. */
  code?: string;
}>;

/** The headers of KafkaSource for a plain record: no content type. */
export const plainRecord = (offset: number | string): Record<string, string> => ({
  'ce-specversion': '1.0',
  'ce-type': 'dev.knative.kafka.event',
  'ce-source': '/apis/v1/namespaces/guerdon/kafkasources/orders#orders',
  'ce-id': `partition:0/offset:${offset}`,
  'ce-time': '2026-11-21T10:00:00Z',
});

const headers = plainRecord(1);
const json = { ...headers, 'content-type': 'application/json' };
const order = { orderId: 'o-bad', customerId: 'c-bad', amount: '100.00' };
const data = (what: string, fields: object, code = 'invalid-data'): Knock => ({
  what,
  headers,
  body: JSON.stringify({ ...order, ...fields }),
  status: 400,
  code,
});
const structured = (fields: object): string =>
  JSON.stringify({
    specversion: '1.0',
    id: 's-1',
    source: '/shop',
    type: 'guerdon.order.placed.v1',
    ...fields,
  });
const asStructured = { 'content-type': 'application/cloudevents+json' };

/** What must be accepted, in every form that an event may have. */
export const goodOrders: readonly Knock[] = [
  {
    what: 'a plain record without content type',
    headers,
    body: JSON.stringify({ ...order, orderId: 'o-plain' }),
    status: 204,
  },
  {
    what: 'a plain record with one',
    headers: json,
    body: JSON.stringify({ ...order, orderId: 'o-json' }),
    status: 204,
  },
  {
    what: 'a binary CloudEvent',
    headers: {
      ...json,
      'ce-type': 'guerdon.order.placed.v1',
      'ce-source': '/shop',
      'ce-id': 'b-1',
    },
    body: JSON.stringify({ ...order, orderId: 'o-binary' }),
    status: 204,
  },
  {
    what: 'a structured CloudEvent',
    headers: asStructured,
    body: structured({ time: '2026-11-21T10:00:00Z', data: { ...order, orderId: 'o-structured' } }),
    status: 204,
  },
  {
    what: 'the same order again',
    headers,
    body: JSON.stringify({ ...order, orderId: 'o-plain' }),
    status: 204,
  },
  {
    what: 'additional unknown fields',
    headers,
    body: JSON.stringify({ ...order, orderId: 'o-more', basket: [{ sku: 1 }] }),
    status: 204,
  },
];

/**
 * What must be refused, each with its own reason; sent after the good orders, because one of them
 * conflicts.
 */
export const badOrders: readonly Knock[] = [
  data('a negative amount', { amount: -100 }),
  data('zero', { amount: 0 }),
  data('NaN', { amount: 'NaN' }),
  data('1e308', { amount: 1e308 }),
  data('three decimals', { amount: '1.005' }),
  data('no order id', { orderId: undefined }),
  data('no customer id', { customerId: undefined }),
  data('a lone surrogate in an id', { orderId: '\ud800' }),
  data('a NUL in an id', { orderId: 'o\u0000' }),
  data('a wrong currency', { orderId: 'o-usd', currency: 'USD' }, 'wrong-currency'),
  data('an unknown tenant', { tenantId: 'nobody' }, 'unknown-tenant'),
  data(
    'an order from before 1970',
    { orderId: 'o-1969', placedAt: '1969-12-31T23:59:59Z' },
    'invalid-data',
  ),
  data('the id of another order', { orderId: 'o-plain', amount: '200.00' }, 'order-conflict'),
  { what: 'an array', headers, body: JSON.stringify([order]), status: 400, code: 'invalid-data' },
  { what: 'a scalar', headers, body: '7', status: 400, code: 'invalid-data' },
  { what: 'null', headers, body: 'null', status: 400, code: 'invalid-data' },
  { what: 'malformed JSON', headers, body: '{"orderId":', status: 400, code: 'malformed-json' },
  {
    what: 'invalid UTF-8',
    headers,
    body: Buffer.from([0x22, 0xff, 0x22]),
    status: 400,
    code: 'invalid-utf8',
  },
  { what: 'a tombstone', headers, status: 400, code: 'no-data' },
  {
    what: 'Avro',
    headers: { ...headers, 'content-type': 'application/avro' },
    body: '\u0000\u0001',
    status: 400,
    code: 'not-json',
  },
  {
    what: 'a header without value',
    headers: { ...headers, 'ce-kafkaheaderempty': '' },
    body: JSON.stringify({ ...order, amount: -1 }),
    status: 400,
    code: 'invalid-data',
  },
  {
    what: 'no CloudEvent',
    headers: { 'content-type': 'text/plain' },
    body: 'hello',
    status: 400,
    code: 'not-a-cloud-event',
  },
  {
    what: 'CloudEvents 0.3',
    headers: { ...headers, 'ce-specversion': '0.3' },
    body: '{}',
    status: 400,
    code: 'not-a-cloud-event',
  },
  {
    what: 'no ce-id',
    headers: { ...headers, 'ce-id': '' },
    body: '{}',
    status: 400,
    code: 'missing-attribute',
  },
  {
    what: 'an unknown type',
    headers: { ...headers, 'ce-type': 'shop.opened' },
    body: '{}',
    status: 400,
    code: 'unknown-type',
  },
  {
    what: 'a record of another topic',
    headers: { ...headers, 'ce-source': '/apis/v1/namespaces/guerdon/kafkasources/x#elsewhere' },
    body: '{}',
    status: 400,
    code: 'unknown-type',
  },
  {
    what: 'a time that is none',
    headers: { ...headers, 'ce-time': 'noon' },
    body: JSON.stringify({ ...order, orderId: 'o-noon' }),
    status: 400,
    code: 'invalid-time',
  },
  {
    what: 'a structured event without id',
    headers: asStructured,
    body: structured({ id: undefined }),
    status: 400,
    code: 'missing-attribute',
  },
  {
    what: 'a batch of events',
    headers: { 'content-type': 'application/cloudevents-batch+json' },
    body: '[]',
    status: 400,
    code: 'unsupported-mode',
  },
  {
    what: '10 MB',
    headers,
    body: JSON.stringify({ ...order, pad: 'x'.repeat(10_000_000) }),
    status: 413,
    code: 'body-too-large',
  },
  { what: 'a GET', method: 'GET', status: 405, code: 'method-not-allowed' },
];
