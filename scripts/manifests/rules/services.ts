import type { Container, Service } from '../kinds.ts';
import {
  containerOf,
  isInternal,
  literalOf,
  ofKind,
  type Project,
  revisionOf,
  scaleOf,
  visibility,
} from '../project.ts';
import { all, each, problemsWhere, type Rule } from '../rule.ts';
import { queueProxyPorts } from '../schemas/container.ts';

/** The longest that our own drain takes (shared/runtime/host.ts). */
const ownDrainSeconds = 25;

/** queue-proxy's quiet period plus our own drain: the time that a pod needs to end. */
const drainSeconds = 30 + ownDrainSeconds;

const endsInTime: Rule['check'] = each('Service', (service) => {
  const { timeoutSeconds = 300, responseStartTimeoutSeconds } = revisionOf(service);
  return problemsWhere(
    [
      timeoutSeconds < drainSeconds,
      `timeoutSeconds is also the termination grace: under ${drainSeconds} s a pod is killed while it drains`,
    ],
    [
      timeoutSeconds > 300 && responseStartTimeoutSeconds === undefined,
      'timeoutSeconds above 300 needs responseStartTimeoutSeconds: Knative injects 300 otherwise',
    ],
  );
});

/** The time that a function needs to send its own 503 before queue-proxy answers 504. */
const answerSeconds = 5;

const answersInTime: Rule['check'] = each('Service', (service) => {
  const { timeoutSeconds = 300 } = revisionOf(service);
  const requestSeconds = literalOf(service, 'REQUEST_SECONDS');
  return problemsWhere(
    [requestSeconds === undefined, 'must set REQUEST_SECONDS: how long a request may take'],
    [
      Number(requestSeconds) + answerSeconds > timeoutSeconds,
      `REQUEST_SECONDS must be ${answerSeconds} less than timeoutSeconds: queue-proxy answers 504 while the request still runs otherwise`,
    ],
  );
});

const keepsItsMetrics: Rule['check'] = each('Service', (service) => {
  const port = containerOf(service).ports?.[0]?.containerPort ?? 8080;
  const metricsPort = Number(literalOf(service, 'METRICS_PORT'));
  return problemsWhere([
    queueProxyPorts.includes(metricsPort) || metricsPort === port,
    `METRICS_PORT ${metricsPort} is taken, by queue-proxy or by the function itself`,
  ]);
});

const unconfined = ({ securityContext = {} }: Container): readonly string[] =>
  problemsWhere(
    [securityContext.runAsNonRoot !== true, 'runAsNonRoot must be true'],
    [securityContext.readOnlyRootFilesystem !== true, 'readOnlyRootFilesystem must be true'],
    [securityContext.allowPrivilegeEscalation !== false, 'allowPrivilegeEscalation must be false'],
    [!securityContext.capabilities?.drop?.includes('ALL'), 'capabilities must drop ALL'],
    [
      securityContext.seccompProfile?.type !== 'RuntimeDefault',
      'seccompProfile must be RuntimeDefault',
    ],
  );

const isConfined: Rule['check'] = each('Service', (service, project) => {
  const accounts = ofKind(project, 'ServiceAccount').map(({ metadata }) => metadata.name);
  return problemsWhere(
    ...unconfined(containerOf(service)).map((problem): [boolean, string] => [true, problem]),
    [
      !accounts.includes(revisionOf(service).serviceAccountName ?? ''),
      'serviceAccountName must be one of ours: the default one carries a token',
    ],
  );
});

const isBounded: Rule['check'] = each('Service', (service) => {
  const { requests, limits } = containerOf(service).resources ?? {};
  return problemsWhere(
    [!requests?.cpu || !requests.memory, 'resources.requests must name cpu and memory'],
    [!limits?.memory, 'resources.limits must name memory'],
    [
      !revisionOf(service).containerConcurrency && !literalOf(service, 'CONNECTIONS_MAX'),
      'containerConcurrency must be set, or CONNECTIONS_MAX: the default has no limit',
    ],
  );
});

/**
 * queue-proxy cuts an upgraded connection at the smallest of its timeouts, whatever passes through
 * it.
 */
const keepsConnections: Rule['check'] = each('Service', (service) => {
  if (literalOf(service, 'CONNECTIONS_MAX') === undefined) return [];
  const revision = revisionOf(service);
  const { timeoutSeconds = 300, responseStartTimeoutSeconds, idleTimeoutSeconds } = revision;
  return problemsWhere(
    [responseStartTimeoutSeconds !== 0, 'responseStartTimeoutSeconds must be 0'],
    [Boolean(idleTimeoutSeconds), 'idleTimeoutSeconds must be unset'],
    [
      !(Number(literalOf(service, 'CONNECTION_SECONDS')) < timeoutSeconds),
      'CONNECTION_SECONDS must be less than timeoutSeconds, at which queue-proxy cuts connections',
    ],
    [
      !(Number(literalOf(service, 'DRAIN_SECONDS')) < ownDrainSeconds),
      `DRAIN_SECONDS must be less than the ${ownDrainSeconds} s after which a pod ends`,
    ],
    [
      Number(scaleOf(service, 'min-scale')) < 1,
      'min-scale must be 1 or more: clients would wait for a pod',
    ],
  );
});

const isProbed: Rule['check'] = each('Service', (service) => {
  const { readinessProbe, livenessProbe } = containerOf(service);
  return problemsWhere(
    [readinessProbe?.httpGet?.path !== '/readyz', 'readinessProbe must request /readyz'],
    [livenessProbe?.httpGet?.path !== '/livez', 'livenessProbe must request /livez'],
  );
});

const staysInside: Rule['check'] = (project) => {
  const fed = [
    ...ofKind(project, 'KafkaSource').map(({ spec }) => spec.sink.ref?.name),
    ...ofKind(project, 'Trigger').map(({ spec }) => spec.subscriber.ref?.name),
    ...ofKind(project, 'Broker').map(({ spec }) => spec?.delivery?.deadLetterSink?.ref?.name),
  ];
  return ofKind(project, 'Service')
    .filter((service) => fed.includes(service.metadata.name) && !isInternal(service))
    .map(
      ({ metadata }) =>
        `Service ${metadata.name}: takes events, so label ${visibility} must be cluster-local`,
    );
};

const isGuarded: Rule['check'] = (project) => {
  const policies = ofKind(project, 'NetworkPolicy')
    .map(({ metadata, spec }) => ({
      name: metadata.name,
      labels: Object.entries(spec.podSelector.matchLabels ?? {}),
    }))
    .filter(({ labels }) => !labels.some(([label]) => label === 'app.kubernetes.io/name'));
  return ofKind(project, 'Service').flatMap(({ metadata, spec }) => {
    const own = spec.template.metadata?.labels ?? {};
    return policies
      .filter(({ labels }) => labels.some(([label, value]) => own[label] !== value))
      .map(({ name }) => `Service ${metadata.name}: its pods lack the labels of ${name}`);
  });
};

const budgetsOf = (project: Project, { spec }: Service) => {
  const own = spec.template.metadata?.labels ?? {};
  return ofKind(project, 'PodDisruptionBudget').filter(({ spec: { selector } }) =>
    Object.entries(selector.matchLabels ?? {}).every(([label, value]) => own[label] === value),
  );
};

const survivesMaintenance: Rule['check'] = (project) => {
  const services = ofKind(project, 'Service');
  const used = new Set(services.flatMap((service) => budgetsOf(project, service)));
  return [
    ...services
      .filter((service) => Number(scaleOf(service, 'min-scale')) >= 2)
      .filter((service) => budgetsOf(project, service).length !== 1)
      .map(
        ({ metadata }) =>
          `Service ${metadata.name}: keeps several pods, so exactly one PodDisruptionBudget must select them`,
      ),
    ...ofKind(project, 'PodDisruptionBudget')
      .filter((budget) => !used.has(budget))
      .map(({ metadata }) => `PodDisruptionBudget ${metadata.name}: selects no pods of ours`),
  ];
};

/** The rules of functions as Knative Services. */
export const serviceRules: readonly Rule[] = [
  { name: 'services end in time', check: endsInTime },
  { name: 'services answer before queue-proxy does', check: answersInTime },
  { name: 'services show their metrics on a free port', check: keepsItsMetrics },
  { name: 'services are confined', check: isConfined },
  { name: 'services are bounded and probed', check: all(isBounded, isProbed) },
  { name: 'services keep connections as long as they declare', check: keepsConnections },
  { name: 'services that take events stay inside', check: staysInside },
  { name: 'services are covered by the network policies', check: isGuarded },
  { name: 'services of several pods keep one during maintenance', check: survivesMaintenance },
];
