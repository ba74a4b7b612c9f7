import type { Filter, Trigger } from '../kinds.ts';
import { exists, ofKind, type Project } from '../project.ts';
import { all, each, problemsWhere, type Rule } from '../rule.ts';

const orderAnnotation = 'kafka.eventing.knative.dev/delivery.order';

const reachesSomeone: Rule['check'] = each('Trigger', ({ spec }, project) => {
  const { kind = 'nothing', name } = spec.subscriber.ref ?? {};
  return problemsWhere(
    [!exists(project, 'Broker', spec.broker), `broker ${spec.broker} does not exist`],
    [!exists(project, kind, name), `subscriber ${kind} ${name} does not exist`],
  );
});

type Condition = readonly [attribute: string, value: string];

/** The attribute conditions in a filter of any depth. */
const conditionsIn = ({ exact, prefix, suffix, ...nested }: Filter): readonly Condition[] => [
  ...Object.entries({ ...exact, ...prefix, ...suffix }),
  ...[nested.all ?? [], nested.any ?? [], nested.not ?? []].flat().flatMap(conditionsIn),
];

const conditionsOf = ({ spec }: Trigger): readonly Condition[] =>
  spec.filters?.flatMap(conditionsIn) ?? Object.entries(spec.filter?.attributes ?? {});

const pingSource = /^\/apis\/v1\/namespaces\/guerdon\/pingsources\/(.+)$/;

const comesFromNowhere = (project: Project, source: string): boolean => {
  const name = pingSource.exec(source)?.[1];
  return name === undefined || !exists(project, 'PingSource', name);
};

const filtersWell: Rule['check'] = each('Trigger', (trigger, project) => {
  const conditions = conditionsOf(trigger);
  const named = (name: string) => conditions.filter(([attribute]) => attribute === name);
  const isTick = named('type').some(([, value]) => value === 'dev.knative.sources.ping');
  return problemsWhere(
    [
      trigger.spec.filter !== undefined && trigger.spec.filters !== undefined,
      'filters overrides filter: keep one of them',
    ],
    [
      named('type').length === 0,
      'must filter on type: replies come back to the Broker, and nothing else stops a loop',
    ],
    [
      isTick && !named('source').some(([, value]) => !comesFromNowhere(project, value)),
      'must filter on the source of one of our PingSources: all ticks have the same type',
    ],
  );
});

const ordersStated: Rule['check'] = each('Trigger', ({ metadata }) =>
  problemsWhere([
    !['ordered', 'unordered'].includes(metadata.annotations?.[orderAnnotation] ?? ''),
    `annotation ${orderAnnotation} must be ordered or unordered`,
  ]),
);

const isDurable: Rule['check'] = each('Broker', ({ metadata, spec }, project) => {
  const config = ofKind(project, 'ConfigMap').find(
    (configMap) => configMap.metadata.name === spec?.config?.name,
  );
  const settings = [
    'bootstrap.servers',
    'default.topic.partitions',
    'default.topic.replication.factor',
  ];
  return problemsWhere(
    [
      metadata.annotations?.['eventing.knative.dev/broker.class'] !== 'Kafka',
      'must be of class Kafka: the default keeps events in memory',
    ],
    [config === undefined, 'spec.config must name a ConfigMap of ours'],
    ...settings.map((name): [boolean, string] => [
      !config?.data?.[name],
      `its ConfigMap must set ${name}`,
    ]),
  );
});

/** The rules of how events are routed. */
export const triggerRules: readonly Rule[] = [
  { name: 'triggers reach someone', check: reachesSomeone },
  { name: 'triggers filter on what they mean', check: all(filtersWell, ordersStated) },
  { name: 'brokers are durable', check: isDurable },
];
