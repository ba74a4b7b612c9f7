import { connectorStreams, heartbeatTopic } from '#scripts/change-capture/connector-streams.ts';
import type { Written } from '../kinds.ts';
import { exists, ofKind, type Project } from '../project.ts';
import { all, each, problemsWhere, type Rule } from '../rule.ts';
import { topicsMade } from './topics.ts';

type Connector = Written<'KafkaConnector'>;

const setting = ({ spec }: Connector, name: string): string => String(spec.config?.[name] ?? '');

const clusterLabel = 'strimzi.io/cluster';

/** The topics that a connector writes to: those of its tables and of its heartbeats. */
const topicsOf = ({ spec: { config = {} } }: Connector): readonly string[] => [
  ...connectorStreams(config).map(({ topic }) => topic),
  heartbeatTopic(config),
];

const run: Rule['check'] = each('KafkaConnector', (connector, project) => {
  const cluster = connector.metadata.labels?.[clusterLabel];
  return problemsWhere(
    [!exists(project, 'KafkaConnect', cluster), `there is no KafkaConnect ${String(cluster)}`],
    [(connector.spec.tasksMax ?? 1) !== 1, 'tasksMax must be 1: a slot has one reader'],
  );
});

const haveTopics: Rule['check'] = each('KafkaConnector', (connector, project) =>
  topicsOf(connector)
    .filter((topic) => !topicsMade(project).includes(topic))
    .map((topic) => `KafkaTopic "${topic}" is missing`),
);

/** Dependencies of consumers, and of the operators of Postgres. */
const expected: Readonly<Record<string, readonly [value: string, reason: string]>> = {
  'plugin.name': ['pgoutput', 'it is part of Postgres'],
  'publication.autocreate.mode': ['disabled', 'a migration creates the publication'],
  'snapshot.mode': ['no_data', 'history is published by npm run backfill'],
  'value.converter.schemas.enable': ['false', 'consumers read the envelope alone'],
  'key.converter.schemas.enable': ['false', 'npm run backfill writes the same keys'],
  'time.precision.mode': ['isostring', 'npm run backfill writes the same values'],
};

const sendWhatIsRead: Rule['check'] = each('KafkaConnector', (connector) => {
  const slot = setting(connector, 'slot.name');
  return problemsWhere(
    ...Object.entries(expected).map(
      ([name, [value, reason]]) =>
        [setting(connector, name) !== value, `${name} must be ${value}: ${reason}`] as const,
    ),
    [
      !(Number(setting(connector, 'heartbeat.interval.ms')) > 0),
      'heartbeat.interval.ms must be given: a quiet slot would hold the write-ahead log',
    ],
    [
      !setting(connector, 'heartbeat.action.query').includes(`'${slot}'`),
      `heartbeat.action.query must write a row of slot ${slot}: reconcile-rewards misses the slot by it`,
    ],
  );
});

const shareNoSlot: Rule['check'] = (project: Project) => {
  const connectors = ofKind(project, 'KafkaConnector');
  return ['slot.name', 'topic.prefix'].flatMap((name) =>
    problemsWhere([
      new Set(connectors.map((connector) => setting(connector, name))).size < connectors.length,
      `connectors must differ in ${name}`,
    ]),
  );
};

/** The rules of change data capture. */
export const changeCaptureRules: readonly Rule[] = [
  { name: 'connectors run alone on their slots', check: all(run, shareNoSlot) },
  { name: 'connectors write to topics that exist', check: haveTopics },
  { name: 'connectors send what consumers read', check: sendWhatIsRead },
];
