import { ofKind, type Project } from '../project.ts';
import { each, problemsWhere, type Rule } from '../rule.ts';

const topicsInUse = (project: Project): readonly (readonly [who: string, topic: string])[] => [
  ...ofKind(project, 'KafkaSource').flatMap(({ metadata, spec }) =>
    spec.topics.map((topic) => [`KafkaSource ${metadata.name}`, topic] as const),
  ),
  ...ofKind(project, 'KafkaSink').map(
    ({ metadata, spec }) => [`KafkaSink ${metadata.name}`, spec.topic] as const,
  ),
  ...project.contractTopics.map((topic) => ['an event contract', topic] as const),
];

/** Topics that are made, by the name that Kafka knows. */
export const topicsMade = (project: Project): readonly string[] =>
  ofKind(project, 'KafkaTopic').map(({ metadata, spec }) => spec.topicName ?? metadata.name);

const exist: Rule['check'] = (project) => {
  const made = topicsMade(project);
  return topicsInUse(project)
    .filter(([, topic]) => !made.includes(topic))
    .map(([who, topic]) => `KafkaTopic "${topic}" is missing, and ${who} uses it`);
};

const areDurable: Rule['check'] = each('KafkaTopic', ({ spec }) => {
  const { partitions = 0, replicas = 0, config = {} } = spec;
  const inSync = Number(config['min.insync.replicas']);
  return problemsWhere(
    [partitions < 1, 'partitions must be given'],
    [replicas < 3, 'replicas must be 3 or more: overlays of smaller clusters lower it'],
    [
      !(inSync >= 2 && inSync < replicas),
      'min.insync.replicas must be at least 2, and less than replicas so that a broker may restart',
    ],
    [
      config['cleanup.policy'] !== 'compact' && !(Number(config['retention.ms']) > 0),
      'retention.ms must be given',
    ],
  );
});

/**
 * What Kafka accepts per record unless a topic overrides it, and what queue-proxy accepts as
 * headers.
 */
const [usualBytes, headerBytesMax] = [1_048_588, 1_048_576 + 4_096];

const holdDeadLetters: Rule['check'] = (project) => {
  const configOf = (name: string) =>
    ofKind(project, 'KafkaTopic').find(({ metadata }) => metadata.name === name)?.spec.config ?? {};
  const sizeOf = (name: string) => Number(configOf(name)['max.message.bytes'] ?? usualBytes);
  const sources = ofKind(project, 'KafkaSource').flatMap(({ spec }) => spec.topics.map(sizeOf));
  const needed = Math.max(...sources) + headerBytesMax;
  const letters = configOf('dead-letters');
  return problemsWhere(
    [
      sizeOf('dead-letters') < needed,
      `dead-letters must take ${needed} bytes: the largest record of a source, and the headers of its delivery`,
    ],
    [
      letters['cleanup.policy'] !== 'compact,delete',
      'cleanup.policy of dead-letters must be compact,delete: its key identifies a letter, and letters come more than once',
    ],
    [
      !(Number(letters['delete.retention.ms']) >= Number(letters['retention.ms'])),
      'delete.retention.ms of dead-letters must be at least retention.ms: a letter without a value would go earlier',
    ],
  );
};

const keepAttributes: Rule['check'] = each('KafkaSink', ({ spec }) =>
  problemsWhere([
    spec.contentMode !== 'binary',
    'contentMode must be binary, so that attributes stay readable as headers',
  ]),
);

const areOnOneKafka: Rule['check'] = (project) => {
  const addresses = [
    ...ofKind(project, 'KafkaSource').map(({ spec }) => spec.bootstrapServers.join()),
    ...ofKind(project, 'KafkaSink').map(({ spec }) => spec.bootstrapServers.join()),
    ...ofKind(project, 'KafkaConnect').map(({ spec }) => spec.bootstrapServers),
    ...ofKind(project, 'ConfigMap').flatMap(({ data = {} }) =>
      ['bootstrap.servers', 'KAFKA_BROKERS'].flatMap((key) => data[key] ?? []),
    ),
  ];
  return problemsWhere([
    new Set(addresses).size > 1,
    `sources, sinks and the Broker must name the same Kafka, but name ${addresses.join(', ')}`,
  ]);
};

/** The rules of the topics. */
export const topicRules: readonly Rule[] = [
  { name: 'topics exist where they are used', check: exist },
  { name: 'topics are durable', check: areDurable },
  { name: 'dead letters stay in their topic', check: holdDeadLetters },
  { name: 'sinks keep attributes', check: keepAttributes },
  { name: 'all manifests mean one Kafka', check: areOnOneKafka },
];
