import type { Service } from '../kinds.ts';
import { literalOf, ofKind, scaleOf } from '../project.ts';
import { each, problemsWhere, type Rule } from '../rule.ts';

const needed = ['metric', 'target', 'min-scale', 'max-scale', 'target-burst-capacity'];

const statesHowItScales: Rule['check'] = each('Service', (service) =>
  problemsWhere(
    ...needed.map((name): [boolean, string] => [
      scaleOf(service, name) === undefined,
      `annotation autoscaling.knative.dev/${name} is missing`,
    ]),
    [
      Number(scaleOf(service, 'max-scale')) === 0,
      'max-scale 0 means no limit: the database has one',
    ],
  ),
);

const staysAwake: Rule['check'] = (project) =>
  [...ofKind(project, 'KafkaSource'), ...ofKind(project, 'Trigger')].flatMap(
    ({ kind, metadata: { name, annotations = {} } }) => {
      const scale = (which: string): number =>
        Number(annotations[`autoscaling.eventing.knative.dev/${which}`] ?? 0);
      return problemsWhere(
        [
          scale('min-scale') < 1,
          `${kind} ${name}: min-scale must be 1 or more: KEDA defaults to 0`,
        ],
        [scale('max-scale') < 1, `${kind} ${name}: max-scale is missing: KEDA defaults to 50`],
      );
    },
  );

/**
 * The connections that Postgres allows (docs/operations/autoscaling.md); a fifth of them stays free
 * for people and maintenance.
 */
const connectionsMax = 400 * 0.8;

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

/** The rules of autoscaling. */
export const autoscalingRules: readonly Rule[] = [
  { name: 'services declare how they scale', check: statesHowItScales },
  { name: 'consumers never scale to zero', check: staysAwake },
  { name: 'database connections fit at full scale', check: connectionsFit },
];
