import { type Breakage, inFile } from './breakage.ts';

const orders = inFile('infra/kafka-source/base/orders.yaml');
const onTick = inFile('infra/knative/base/triggers/rebuild-rank-snapshot-on-tick.yaml');
const onRequest = inFile('infra/knative/base/triggers/rebuild-rank-snapshot-on-request.yaml');
const tick = inFile('infra/knative/base/ping-sources/rank-tick.yaml');
const broker = inFile('infra/knative/base/broker.yaml');

/** Breakages of the routes of events. */
export const routeBreakages: readonly Breakage[] = [
  ...orders(
    'Kafka sources declare how they read',
    ['ordering: unordered', '', /ordering is missing/],
    ['initialOffset: earliest', '', /initialOffset is missing/],
    ['consumerGroup: guerdon-award-points', '', /consumerGroup is missing/],
    ['key-type: string', 'key-type: long', /key-type must be/],
  ),
  ...orders('Kafka sources reach someone', [
    'name: award-points',
    'name: award-point',
    /sink Service/,
  ]),
  ...inFile('infra/kafka-source/base/tenant-events.yaml')(
    'Kafka sources have a consumer group each',
    [
      'consumerGroup: guerdon-evaluate-campaign',
      'consumerGroup: guerdon-award-points',
      /orders and tenant-events share/,
    ],
  ),
  ...orders('Kafka sources have a partition for each consumer', [
    'consumers: 3',
    'consumers: 13',
    /not be more than partitions, here 12/,
  ]),
  ...tick(
    'ping sources reach a Broker',
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
  ...onRequest('triggers filter on what they mean', [
    / {2}filter:/,
    '  filters: []\n  filter:',
    /filters overrides filter/,
  ]),
  ...broker(
    'brokers are durable',
    ['broker.class: Kafka', 'broker.class: MTChannelBasedBroker', /must be of class Kafka/],
    ['name: guerdon-broker\n', 'name: broker\n', /must name a ConfigMap/],
    [/default.topic.partitions: .*/, '', /must set default.topic.partitions/],
  ),
];
