import type { KafkaSource } from '../kinds.ts';
import { exists, ofKind } from '../project.ts';
import { each, problemsWhere, type Rule } from '../rule.ts';

const keyTypeLabel = 'kafkasources.sources.knative.dev/key-type';
const keyTypes = ['string', 'int', 'float', 'byte-array'];

const statesHowItReads: Rule['check'] = each('KafkaSource', ({ metadata, spec }) =>
  problemsWhere(
    [spec.ordering === undefined, 'ordering is missing: the default is ordered'],
    [spec.initialOffset === undefined, 'initialOffset is missing: the default is latest'],
    [!spec.consumerGroup, 'consumerGroup is missing: alerts and tools cannot know a generated one'],
    [
      !keyTypes.includes(metadata.labels?.[keyTypeLabel] ?? ''),
      `label ${keyTypeLabel} must be one of ${keyTypes.join(', ')}`,
    ],
  ),
);

const reachesSomeone: Rule['check'] = each('KafkaSource', ({ spec }, project) => {
  const { kind = 'nothing', name } = spec.sink.ref ?? {};
  return problemsWhere([!exists(project, kind, name), `sink ${kind} ${name} does not exist`]);
});

const hasItsGroupAlone: Rule['check'] = (project) => {
  const groups = Map.groupBy(ofKind(project, 'KafkaSource'), ({ spec }) => spec.consumerGroup);
  return [...groups.values()]
    .filter((sources) => sources.length > 1)
    .map(
      (sources) =>
        `KafkaSources ${namesOf(sources)} share a consumerGroup and steal from each other`,
    );
};

const namesOf = (sources: readonly KafkaSource[]): string =>
  sources.map(({ metadata }) => metadata.name).join(' and ');

const hasPartitionsForAll: Rule['check'] = each('KafkaSource', ({ spec }, project) => {
  const partitions = ofKind(project, 'KafkaTopic')
    .filter(({ metadata }) => spec.topics.includes(metadata.name))
    .map((topic) => topic.spec.partitions ?? 1);
  return problemsWhere([
    (spec.consumers ?? 1) > Math.max(...partitions),
    `consumers must not be more than partitions, here ${partitions.join(' and ')}`,
  ]);
});

const ticksSomeone: Rule['check'] = each('PingSource', ({ spec }, project) => {
  const { kind = 'nothing', name } = spec.sink.ref ?? {};
  return problemsWhere(
    [!exists(project, kind, name), `sink ${kind} ${name} does not exist`],
    [kind !== 'Broker', 'sink must be a Broker: a PingSource has no dead-letter sink of its own'],
  );
});

/** The rules of the sources of events. */
export const sourceRules: readonly Rule[] = [
  { name: 'Kafka sources declare how they read', check: statesHowItReads },
  { name: 'Kafka sources reach someone', check: reachesSomeone },
  { name: 'Kafka sources have a consumer group each', check: hasItsGroupAlone },
  { name: 'Kafka sources have a partition for each consumer', check: hasPartitionsForAll },
  { name: 'ping sources reach a Broker', check: ticksSomeone },
];
