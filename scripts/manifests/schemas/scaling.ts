import type { z } from 'zod';
import { goSeconds } from '../durations.ts';
import { annotations } from './parts.ts';

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
/** -1 means no limit. */
const burst: Expectation = {
  text: '-1 or a number from 0',
  accepts: (value) => value === '-1' || number(0).accepts(value),
};

const hour = 3600;

/**
 * What Serving's webhook accepts under `autoscaling.knative.dev/`; of the classes, only the one of
 * our metrics.
 */
const serving: Readonly<Record<string, Expectation>> = {
  class: oneOf('kpa.autoscaling.knative.dev'),
  metric: oneOf('concurrency', 'rps'),
  target: number(0.01),
  'target-utilization-percentage': number(1, 100),
  'target-burst-capacity': burst,
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

/**
 * What the Kafka controller reads under `autoscaling.eventing.knative.dev/`. No webhook checks it.
 */
const eventing: Readonly<Record<string, Expectation>> = {
  class: oneOf('keda.autoscaling.knative.dev', 'disabled'),
  'min-scale': whole(0),
  'max-scale': whole(1),
  'polling-interval': whole(1),
  'cooldown-period': whole(0),
  'lag-threshold': whole(1),
};

type Annotations = Readonly<Record<string, string>>;

/** Whether an annotation of that domain is among them. */
const has = (all: Annotations, domain: string): boolean =>
  Object.keys(all).some((name) => name.startsWith(`${domain}/`));

/**
 * What is wrong with the annotations of a domain. Unknown ones pass the webhooks, but nothing would
 * read them.
 */
const unfit = (
  all: Annotations,
  domain: string,
  known: Readonly<Record<string, Expectation>>,
): readonly string[] =>
  Object.entries(all).flatMap(([name, value]) => {
    const [prefix, short = ''] = name.split('/');
    if (prefix !== domain) return [];
    const expectation = known[short];
    if (expectation === undefined) return [`annotation ${name} is unknown and would be ignored`];
    return expectation.accepts(value)
      ? []
      : [`annotation ${name} must be ${expectation.text}, is ${value}`];
  });

const checked = (
  check: (all: Annotations) => readonly string[],
): z.ZodType<Annotations, Annotations> =>
  annotations.superRefine((all, context) => {
    for (const problem of check(all)) context.addIssue(problem);
  });

const servingDomain = 'autoscaling.knative.dev';

const isUpsideDown = (all: Annotations): boolean => {
  const most = Number(all[`${servingDomain}/max-scale`] ?? 0);
  return most > 0 && Number(all[`${servingDomain}/min-scale`] ?? 0) > most;
};

/** Annotations of a revision, by which Serving scales it. */
export const revisionAnnotations = checked((all) => [
  ...unfit(all, servingDomain, serving),
  ...(isUpsideDown(all) ? ['min-scale must not be more than max-scale'] : []),
]);

/** Annotations of a Service, which does not scale: its revisions do. */
export const serviceAnnotations = checked((all) =>
  has(all, servingDomain)
    ? ['autoscaling annotations belong on spec.template, not on the Service']
    : [],
);

/** Annotations of a KafkaSource or Trigger, by which the Kafka controller scales its consumers. */
export const consumerAnnotations = checked((all) => [
  ...unfit(all, 'autoscaling.eventing.knative.dev', eventing),
  ...(has(all, servingDomain) || has(all, 'keda.autoscaling.knative.dev')
    ? ['the autoscaling.knative.dev annotations of older releases are not read here']
    : []),
]);
