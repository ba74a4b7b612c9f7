import type { Admin, ITopicConfig } from 'kafkajs';
import type { Resource } from '#scripts/manifests/kinds.ts';
import { createReadyTopics } from '#scripts/services/create-ready-topics.ts';
import { brokerTopic } from './broker/broker-topic.ts';
import type { Topology } from './topology.ts';

const fromKafkaTopic = ({ metadata, spec }: Resource<'KafkaTopic'>): ITopicConfig => ({
  topic: spec.topicName ?? metadata.name,
  numPartitions: spec.partitions,
  replicationFactor: spec.replicas,
  configEntries: Object.entries(spec.config).map(([name, value]) => ({
    name,
    value: String(value),
  })),
});

const configPrefix = 'default.topic.config.';

/** The ConfigMap that a Broker names; it configures the Broker's topic. */
export const brokerSettings = (
  { spec }: Resource<'Broker'>,
  { configMaps }: Topology,
): Readonly<Record<string, string>> =>
  configMaps.find(({ metadata }) => metadata.name === spec.config?.name)?.data ?? {};

const fromBroker = (broker: Resource<'Broker'>, topology: Topology): ITopicConfig => {
  const data = brokerSettings(broker, topology);
  return {
    topic: brokerTopic(broker),
    numPartitions: Number(data['default.topic.partitions'] ?? 10),
    replicationFactor: Number(data['default.topic.replication.factor'] ?? 1),
    configEntries: Object.entries(data)
      .filter(([key]) => key.startsWith(configPrefix))
      .map(([key, value]) => ({ name: key.slice(configPrefix.length), value })),
  };
};

/**
 * Creates the topics that the manifests declare and that do not exist.
 * @throws Error when a source or a sink names a topic that is neither declared nor exists.
 */
export const createTopics = async (admin: Admin, topology: Topology): Promise<void> => {
  const topics = [
    ...topology.topics.map(fromKafkaTopic),
    ...topology.brokers.map((broker) => fromBroker(broker, topology)),
  ];
  await createReadyTopics(admin, topics);
  const existing = new Set(await admin.listTopics());
  const users = [
    ...topology.kafkaSources.map(({ origin, spec }) => ({ origin, topics: spec.topics })),
    ...topology.kafkaSinks.map(({ origin, spec }) => ({ origin, topics: [spec.topic] })),
  ];
  for (const { origin, topics: used } of users) {
    const missing = used.find((topic) => !existing.has(topic));
    if (missing) throw new Error(`${origin} uses topic ${missing}, which no KafkaTopic declares`);
  }
};
