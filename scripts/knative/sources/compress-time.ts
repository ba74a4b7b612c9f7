import type { Delivery } from '#scripts/manifests/kinds.ts';
import type { Topology } from '../topology.ts';

/** Variables of functions that set how long something waits. */
const waits: readonly string[] = ['RESEND_SOON_SECONDS', 'RESEND_LATER_SECONDS'];

/**
 * The same manifests with retries and the resending of dead letters so many times faster, so that
 * an outage of an hour fits into a minute with 60. Timeouts are unchanged, because requests take as
 * long as ever.
 */
export const compressTime = (topology: Topology, factor: number): Topology => ({
  ...topology,
  functions: topology.functions.map((spec) => ({
    ...spec,
    environment: Object.fromEntries(
      Object.entries(spec.environment).map(([name, value]) => [
        name,
        waits.includes(name) ? String(Math.ceil(Number(value) / factor)) : value,
      ]),
    ),
  })),
  kafkaSources: topology.kafkaSources.map((source) => withFasterRetries(source, factor)),
  triggers: topology.triggers.map((trigger) => withFasterRetries(trigger, factor)),
  brokers: topology.brokers.map((broker) => withFasterRetries(broker, factor)),
});

const withFasterRetries = <
  Route extends Readonly<{ spec: Readonly<{ delivery?: Delivery | undefined }> }>,
>(
  route: Route,
  factor: number,
): Route => {
  const { delivery } = route.spec;
  if (delivery === undefined) return route;
  const faster = { ...delivery, backoffDelay: Math.max(1, delivery.backoffDelay / factor) };
  return { ...route, spec: { ...route.spec, delivery: faster } };
};
