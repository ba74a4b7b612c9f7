import { type Breakage, inFile } from './breakage.ts';

const orders = inFile('infra/kafka-source/base/orders.yaml');
const onTick = inFile('infra/knative/base/triggers/rebuild-rank-snapshot-on-tick.yaml');
const onRequest = inFile('infra/knative/base/triggers/rebuild-rank-snapshot-on-request.yaml');
const tick = inFile('infra/knative/base/ping-sources/rank-tick.yaml');
const broker = inFile('infra/knative/base/broker.yaml');

/** Breakages of where events come from and go. */
export const routeBreakages: readonly Breakage[] = [
  ...orders(
    'Kafka sources say how they read',
    ['sources.knative.dev/v1\n', 'sources.knative.dev/v1beta1\n', /must be of sources/],
    ['ordering: unordered', '', /ordering must be/],
    ['ordering: unordered', 'ordering: none', /ordering must be/],
    ['initialOffset: earliest', '', /initialOffset must be/],
    ['initialOffset: earliest', 'initialOffset: "0"', /initialOffset must be/],
    ['consumerGroup: guerdon-award-points', '', /consumerGroup is missing/],
    ['key-type: string', 'key-type: long', /key-type must be/],
  ),
  ...orders('Kafka sources reach someone', [
    'name: award-points',
    'name: award-point',
    /sink Service/,
  ]),
  {
    rule: 'Kafka sources have a consumer group each',
    file: 'infra/kafka-source/base/more.yaml',
    to: 'kind: KafkaSource\nmetadata: { name: more }\nspec: { consumerGroup: guerdon-award-points }',
    says: /orders and more share/,
  },
  ...orders('Kafka sources have a partition for each consumer', [
    'consumers: 3',
    'consumers: 13',
    /not be more than partitions, here 12/,
  ]),
  ...tick(
    'ping sources tick, and a Broker hears it',
    [/schedule: .*/, 'schedule: "@every 1m"', /@every is refused/],
    [/schedule: .*/, 'schedule: "61 * * * *"', /is not a cron expression/],
    ['Etc/UTC', 'Mars/Olympus', /is not an IANA name/],
    [/data: .*/, "data: '[1]'", /must be a JSON object/],
    [/data: .*/, "data: '{'", /must be a JSON object/],
    [/ {2}data:/, '  dataBase64: e30=\n  data:', /exclude each other/],
    ['name: guerdon', 'name: gerdon', /sink Broker gerdon does not exist/],
    ['kind: Broker', 'kind: Service', /sink must be a Broker/],
  ),
  ...onTick(
    'triggers reach someone',
    ['broker: guerdon', 'broker: default', /broker default does not exist/],
    ['name: rebuild-rank-snapshot\n', 'name: rebuild\n', /subscriber Service rebuild does not/],
  ),
  ...onTick(
    'triggers filter on what they mean',
    [/ {6}type: .*/, '      kind: x', /must filter on type/],
    [/ {6}source: .*/, '', /must filter on the source/],
    ['pingsources/rank-tick', 'pingsources/rank', /must filter on the source/],
    ['namespaces/guerdon', 'namespaces/default', /must filter on the source/],
    ['delivery.order: unordered', 'delivery.order: none', /must be ordered or unordered/],
  ),
  ...onRequest(
    'triggers filter on what they mean',
    ['type: guerdon', 'Type: x\n      type: guerdon', /filter exact Type is not/],
    [
      / {2}filter:[^]*?v1(?=\n)/,
      '  filters: [{ any: [{ exact: { ce-type: x } }] }]',
      /exact ce-type/,
    ],
    [/ {2}filter:[^]*?v1(?=\n)/, '  filters: [{ equals: { type: x } }]', /equals type is not/],
    [/ {2}filter:/, '  filters: []\n  filter:', /filters overrides filter/],
  ),
  ...broker(
    'brokers are durable',
    ['broker.class: Kafka', 'broker.class: MTChannelBasedBroker', /must be of class Kafka/],
    ['name: guerdon-broker\n', 'name: broker\n', /must name a ConfigMap/],
    [/default.topic.partitions: .*/, '', /must set default.topic.partitions/],
  ),
];
