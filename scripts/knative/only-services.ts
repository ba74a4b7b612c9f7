import type { Destination } from '#scripts/manifests/kinds.ts';
import type { Topology } from './topology.ts';

/**
 * The same manifests with these functions only, and with the sources and Triggers that lead to
 * them, whose dead-letter sinks must be among the functions. PingSources that send to a Broker are
 * left out, so Triggers get no ticks.
 * @throws Error that names a function that no manifest declares.
 */
export const onlyServices = (topology: Topology, names: readonly string[]): Topology => {
  const { functions, kafkaSources, triggers, pingSources, sinkBindings } = topology;
  const unknown = names.find((name) => !functions.some((spec) => spec.name === name));
  if (unknown !== undefined) throw new Error(`No manifest declares a function ${unknown}`);
  const isKept = ({ ref }: Destination) => names.includes(ref?.name ?? '');
  return {
    ...topology,
    functions: functions.filter(({ name }) => names.includes(name)),
    kafkaSources: kafkaSources.filter(({ spec }) => isKept(spec.sink)),
    triggers: triggers.filter(({ spec }) => isKept(spec.subscriber)),
    pingSources: pingSources.filter(({ spec }) => isKept(spec.sink)),
    sinkBindings: sinkBindings.filter(({ spec }) => names.includes(spec.subject.name ?? '')),
  };
};
