import type { Destination, Resource } from '#scripts/manifests/kinds.ts';
import { eventFilter } from './broker/event-filter.ts';
import { pingEvent } from './sources/run-ping-source.ts';
import type { Topology } from './topology.ts';

/**
 * The same manifests with these functions only, and with the sources and Triggers that lead to
 * them, whose dead-letter sinks must be among the functions. PingSources that send to a Broker are
 * kept where their ticks pass the filter of a Trigger that is kept.
 * @throws Error that names a function that no manifest declares.
 */
export const onlyServices = (topology: Topology, names: readonly string[]): Topology => {
  const { functions, kafkaSources, triggers, pingSources, sinkBindings } = topology;
  const unknown = names.find((name) => !functions.some((spec) => spec.name === name));
  if (unknown !== undefined) throw new Error(`No manifest declares a function ${unknown}`);
  const isKept = ({ ref }: Destination) => names.includes(ref?.name ?? '');
  const kept = triggers.filter(({ spec }) => isKept(spec.subscriber));
  const isAwaited = (source: Resource<'PingSource'>) =>
    kept.some(
      ({ spec }) =>
        spec.broker === source.spec.sink.ref?.name &&
        eventFilter(spec)(pingEvent(source, new Date(0))),
    );
  return {
    ...topology,
    functions: functions.filter(({ name }) => names.includes(name)),
    kafkaSources: kafkaSources.filter(({ spec }) => isKept(spec.sink)),
    triggers: kept,
    pingSources: pingSources.filter((source) => isKept(source.spec.sink) || isAwaited(source)),
    sinkBindings: sinkBindings.filter(({ spec }) => names.includes(spec.subject.name ?? '')),
  };
};
