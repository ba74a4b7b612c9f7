import { isoSeconds } from '../durations.ts';
import type { KafkaSource, Written } from '../kinds.ts';
import { isInternal, ofKind, type Project, revisionOf } from '../project.ts';
import { problemsWhere, type Rule } from '../rule.ts';

type Delivery = NonNullable<KafkaSource['spec']['delivery']>;

type Route = Readonly<{ resource: Written; delivery: Delivery; target?: string | undefined }>;

/**
 * Everything that delivers events: sources and Triggers with their sinks, and Brokers for Triggers
 * without a `delivery`.
 */
const routesOf = (project: Project): readonly Route[] => [
  ...ofKind(project, 'KafkaSource').map((resource) => ({
    resource,
    delivery: resource.spec.delivery ?? {},
    target: resource.spec.sink.ref?.name,
  })),
  ...ofKind(project, 'Trigger').map((resource) => ({
    resource,
    delivery: resource.spec.delivery ?? {},
    target: resource.spec.subscriber.ref?.name,
  })),
  ...ofKind(project, 'Broker').map((resource) => ({
    resource,
    delivery: resource.spec?.delivery ?? {},
  })),
];

const eachRoute =
  (check: (route: Route, project: Project) => readonly string[]): Rule['check'] =>
  (project) =>
    routesOf(project).flatMap((route) =>
      check(route, project).map(
        (problem) => `${route.resource.kind} ${route.resource.metadata.name}: ${problem}`,
      ),
    );

/** Seconds spent waiting until the last retry, as the dispatcher computes them: n starts at 1. */
const backoffSeconds = ({ retry = 0, backoffPolicy, backoffDelay }: Delivery): number => {
  const factor = backoffPolicy === 'exponential' ? 2 ** (retry + 1) - 2 : (retry * (retry + 1)) / 2;
  return Math.round(isoSeconds(backoffDelay) * factor * 1000) / 1000;
};

const isComplete = ({ delivery }: Route): readonly string[] => {
  const { retry = 0, backoffPolicy, backoffDelay, timeout } = delivery;
  return problemsWhere(
    [retry < 1, 'delivery.retry is missing: without it there is no retry'],
    [backoffPolicy === undefined, 'delivery.backoffPolicy must be linear or exponential'],
    [
      !(isoSeconds(backoffDelay) >= 0.001),
      'delivery.backoffDelay must be at least 1 ms: PT0S means no retry at all',
    ],
    [timeout === undefined, 'delivery.timeout is missing: the default is 600 s'],
  );
};

/**
 * The function that stores dead letters. A KafkaSink refuses some of them, and what it refuses is
 * lost.
 */
const lastResort = 'store-dead-letter';

/** How store-dead-letter determines where a letter comes from. */
const pathOf = (resource: Route['resource']): string => {
  if (resource.kind === 'KafkaSource') return `/${resource.spec.topics.join()}`;
  return `/${resource.kind.toLowerCase()}s/${resource.metadata.name}`;
};

const hasLastResort = ({ resource, delivery }: Route): readonly string[] => {
  const { ref, uri } = delivery.deadLetterSink ?? {};
  return problemsWhere(
    [ref === undefined, 'delivery.deadLetterSink is missing: undeliverable events would be lost'],
    [
      ref !== undefined && !(ref.kind === 'Service' && ref.name === lastResort),
      `delivery.deadLetterSink must be Service ${lastResort}, which refuses no letter`,
    ],
    [
      ref !== undefined && uri !== pathOf(resource),
      `delivery.deadLetterSink.uri must be ${pathOf(resource)}, by which ${lastResort} knows the event`,
    ],
  );
};

const outlastsItsTarget = ({ delivery, target }: Route, project: Project): readonly string[] => {
  const deliverySeconds = isoSeconds(delivery.timeout);
  // Without a target it is a Broker's, for any function that receives events: those are not public.
  const subscribers = ofKind(project, 'Service').filter((service) =>
    target === undefined ? isInternal(service) : service.metadata.name === target,
  );
  return subscribers
    .filter((service) => !((revisionOf(service).timeoutSeconds ?? 300) < deliverySeconds))
    .map(
      ({ metadata }) =>
        `delivery.timeout must be more than timeoutSeconds of ${metadata.name}, else an event is retried while it is handled`,
    );
};

const statesItsRetries = ({ resource, delivery }: Route): readonly string[] => {
  const [, retries, seconds] = /(\d+) retries wait ([\d.]+) s in all/.exec(resource.text) ?? [];
  const truth = `${delivery.retry} retries wait ${backoffSeconds(delivery)} s in all`;
  return problemsWhere([
    `${retries} retries wait ${seconds} s in all` !== truth,
    `a comment must say "${truth}"`,
  ]);
};

/** The rules of every `delivery`, so that no event is lost and none is processed twice at once. */
export const deliveryRules: readonly Rule[] = [
  { name: 'deliveries are complete', check: eachRoute(isComplete) },
  { name: 'deliveries end in a dead-letter sink', check: eachRoute(hasLastResort) },
  { name: 'deliveries outlast their function', check: eachRoute(outlastsItsTarget) },
  { name: 'deliveries declare how long they wait', check: eachRoute(statesItsRetries) },
];
