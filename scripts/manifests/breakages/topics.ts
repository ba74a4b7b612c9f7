import { type Breakage, inFile } from './breakage.ts';

const orders = inFile('infra/kafka-source/base/orders.yaml');
const sink = inFile('infra/knative/base/campaign-events.yaml');
const topic = inFile('infra/kafka-source/base/topics/orders.yaml');

/** Breakages of the topics. */
export const topicBreakages: readonly Breakage[] = [
  ...orders('topics exist where they are used', ['- orders\n', '- order\n', /"order" is missing/]),
  ...sink('topics exist where they are used', [
    'topic: campaign-events',
    'topic: campaigns',
    /KafkaSink campaign-events/,
  ]),
  ...inFile('infra/kafka-source/base/topics/rank-events.yaml')('topics exist where they are used', [
    'name: rank-events',
    'name: ranks',
    /"rank-events" is missing, and an event contract/,
  ]),
  ...topic(
    'topics are durable',
    [/partitions: .*/, '', /partitions must be given/],
    ['replicas: 3', 'replicas: 1', /replicas must be 3/],
    ['replicas: 2', 'replicas: 1', /min.insync.replicas must be at least 2/],
    ['replicas: 2', 'replicas: 3', /so that a broker may restart/],
    [/retention.ms: .*/, '', /retention.ms must be given/],
  ),
  ...inFile('infra/kafka-source/base/topics/dead-letters.yaml')(
    'dead letters stay in their topic',
    [/max.message.bytes: .*/, '', /must take 2101260 bytes/],
    ['compact,delete', 'delete', /must be compact,delete/],
    [/delete.retention.ms: .*/, '', /must be at least retention.ms/],
  ),
  ...sink('sinks keep attributes', ['binary\n', 'structured\n', /must be binary/]),
  ...orders('all manifests mean one Kafka', [
    'bootstrap.guerdon',
    'bootstrap.kafka',
    /the same Kafka/,
  ]),
  ...sink('all manifests mean one Kafka', [
    'bootstrap.guerdon',
    'bootstrap.kafka',
    /the same Kafka/,
  ]),
];
