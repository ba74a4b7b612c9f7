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

const exist: Rule['check'] = (project) => {
  const made = ofKind(project, 'KafkaTopic').map(({ metadata }) => metadata.name);
  return topicsInUse(project)
    .filter(([, topic]) => !made.includes(topic))
    .map(([who, topic]) => `KafkaTopic "${topic}" is missing, and ${who} uses it`);
};

const areDurable: Rule['check'] = each('KafkaTopic', ({ spec }) => {
  const { partitions = 0, replicas = 0, config = {} } = spec;
  const inSync = Number(config['min.insync.replicas']);
  return problemsWhere(
    [partitions < 1, 'partitions must be said'],
    [replicas < 3, 'replicas must be 3 or more: overlays of smaller clusters lower it'],
    [
      !(inSync >= 2 && inSync < replicas),
      'min.insync.replicas must be at least 2, and less than replicas so that a broker may restart',
    ],
    [!(Number(config['retention.ms']) > 0), 'retention.ms must be said'],
  );
});

const lastResortsOf = (project: Project): readonly (string | undefined)[] =>
  [
    ...ofKind(project, 'KafkaSource'),
    ...ofKind(project, 'Trigger'),
    ...ofKind(project, 'Broker'),
  ].map(({ spec }) => spec?.delivery?.deadLetterSink?.ref?.name);

const holdDeadLetters: Rule['check'] = (project) => {
  const usual = 1_048_588;
  const sizeOf = (name: string): number =>
    Number(
      ofKind(project, 'KafkaTopic').find(({ metadata }) => metadata.name === name)?.spec.config?.[
        'max.message.bytes'
      ] ?? usual,
    );
  const largest = Math.max(
    ...ofKind(project, 'KafkaSource').flatMap(({ spec }) => spec.topics.map(sizeOf)),
  );
  const lastResorts = lastResortsOf(project);
  return ofKind(project, 'KafkaSink')
    .filter(({ metadata }) => lastResorts.includes(metadata.name))
    .filter(({ spec }) => sizeOf(spec.topic) <= largest)
    .map(
      ({ metadata }) =>
        `KafkaSink ${metadata.name}: its topic must take more than ${largest} bytes, an event of that size and the reason it failed`,
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
    ...ofKind(project, 'ConfigMap').flatMap(({ data = {} }) =>
      ['bootstrap.servers', 'KAFKA_BROKERS'].flatMap((key) => data[key] ?? []),
    ),
  ];
  return problemsWhere([
    new Set(addresses).size > 1,
    `sources, sinks and the Broker must name the same Kafka, but name ${addresses.join(', ')}`,
  ]);
};

/** What must hold of the topics that everything stands on. */
export const topicRules: readonly Rule[] = [
  { name: 'topics exist where they are used', check: exist },
  { name: 'topics are durable', check: areDurable },
  { name: 'dead letters fit into their topic', check: holdDeadLetters },
  { name: 'dead letters keep their attributes', check: keepAttributes },
  { name: 'all manifests mean one Kafka', check: areOnOneKafka },
];
