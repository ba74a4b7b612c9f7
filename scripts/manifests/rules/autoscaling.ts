import { goSeconds } from '../durations.ts';
import type { Service } from '../kinds.ts';
import { literalOf, ofKind, scaleOf } from '../project.ts';
import { all, each, problemsWhere, type Rule } from '../rule.ts';

type Expectation = Readonly<{ text: string; accepts: (value: string) => boolean }>;

const number = (min: number, max = Infinity): Expectation => ({
  text: `a number from ${min} to ${max}`,
  accepts: (value) => value.trim() !== '' && Number(value) >= min && Number(value) <= max,
});
const whole = (min: number, max = Infinity): Expectation => ({
  text: `a whole number from ${min} to ${max}`,
  accepts: (value) => /^-?\d+$/.test(value) && number(min, max).accepts(value),
});
const span = (minSeconds: number, maxSeconds: number): Expectation => ({
  text: `a duration of ${minSeconds} to ${maxSeconds} s`,
  accepts: (value) => goSeconds(value) >= minSeconds && goSeconds(value) <= maxSeconds,
});
const oneOf = (...words: readonly string[]): Expectation => ({
  text: words.join(' or '),
  accepts: (value) => words.includes(value),
});

const hour = 3600;

/** What Serving's webhook takes, under `autoscaling.knative.dev/`. */
const serving: Readonly<Record<string, Expectation>> = {
  class: oneOf('kpa.autoscaling.knative.dev'),
  metric: oneOf('concurrency', 'rps'),
  target: number(0.01),
  'target-utilization-percentage': number(1, 100),
  'target-burst-capacity': number(-1),
  'min-scale': whole(0),
  'max-scale': whole(0),
  'initial-scale': whole(1),
  'activation-scale': whole(2),
  'scale-down-delay': span(0, hour),
  'scale-to-zero-pod-retention-period': span(0, hour),
  window: span(6, hour),
  'panic-window-percentage': number(1, 100),
  'panic-threshold-percentage': number(110, 1000),
  'metric-aggregation-algorithm': oneOf('linear', 'weighted-exponential'),
};

/** What the Kafka controller reads, under `autoscaling.eventing.knative.dev/`. */
const eventing: Readonly<Record<string, Expectation>> = {
  class: oneOf('keda.autoscaling.knative.dev', 'disabled'),
  'min-scale': whole(0),
  'max-scale': whole(1),
  'polling-interval': whole(1),
  'cooldown-period': whole(0),
  'lag-threshold': whole(1),
};

type Annotations = Readonly<Record<string, string>> | undefined;

const unfit = (
  annotations: Annotations,
  domain: string,
  known: Readonly<Record<string, Expectation>>,
): readonly string[] =>
  Object.entries(annotations ?? {}).flatMap(([name, value]) => {
    const [prefix, short = ''] = name.split('/');
    if (prefix !== domain) return [];
    const expectation = known[short];
    if (expectation === undefined) return [`annotation ${name} is unknown, and would be ignored`];
    return expectation.accepts(value)
      ? []
      : [`annotation ${name} must be ${expectation.text}, is ${value}`];
  });

const under = (annotations: Annotations, domain: string): boolean =>
  Object.keys(annotations ?? {}).some((name) => name.startsWith(`${domain}/`));

const servicesScale: Rule['check'] = each('Service', (service) => {
  const annotations = service.spec?.template?.metadata?.annotations;
  const needed = ['metric', 'target', 'min-scale', 'max-scale', 'target-burst-capacity'];
  const most = Number(scaleOf(service, 'max-scale'));
  return [
    ...unfit(annotations, 'autoscaling.knative.dev', serving),
    ...problemsWhere(
      ...needed.map((name): [boolean, string] => [
        scaleOf(service, name) === undefined,
        `annotation autoscaling.knative.dev/${name} is missing`,
      ]),
      [
        under(service.metadata.annotations, 'autoscaling.knative.dev'),
        'autoscaling annotations belong on spec.template, not on the Service',
      ],
      [most === 0, 'max-scale 0 means no limit: the database has one'],
      [Number(scaleOf(service, 'min-scale')) > most, 'min-scale must not be more than max-scale'],
    ),
  ];
});

const sourcesScale: Rule['check'] = each('KafkaSource', ({ metadata: { annotations } }) =>
  problemsWhere(
    ...unfit(annotations, 'autoscaling.eventing.knative.dev', eventing).map(
      (problem): [boolean, string] => [true, problem],
    ),
    [
      under(annotations, 'autoscaling.knative.dev') ||
        under(annotations, 'keda.autoscaling.knative.dev'),
      'the autoscaling.knative.dev annotations of older releases are not read on a source',
    ],
  ),
);

/** What Postgres is to allow (docs/operations/autoscaling.md), of which a fifth stays free for people and maintenance. */
const connectionsMax = 300 * 0.8;

const mostConnections = (service: Service): number =>
  Number(literalOf(service, 'DATABASE_POOL_MAX') ?? 0) * Number(scaleOf(service, 'max-scale') ?? 0);

const connectionsFit: Rule['check'] = (project) => {
  const sum = ofKind(project, 'Service').reduce(
    (total, service) => total + mostConnections(service),
    0,
  );
  return problemsWhere([
    // Twice, because the old and the new revision of every function overlap during a deployment.
    2 * sum > connectionsMax,
    `Σ max-scale × DATABASE_POOL_MAX = ${sum}, twice that is more than the ${connectionsMax} connections to give`,
  ]);
};

/** What must hold of how things grow and shrink. */
export const autoscalingRules: readonly Rule[] = [
  { name: 'autoscaling annotations mean something', check: all(servicesScale, sourcesScale) },
  { name: 'database connections fit at full scale', check: connectionsFit },
];
