import type { Resource } from '#scripts/manifests/kinds.ts';
import type { FunctionSpec, Topology } from '../topology.ts';

type Binding = Resource<'SinkBinding'>;

/** Where a function's process reaches a sink: a Broker on this machine, or an absolute address. */
const addressOf = ({ origin, metadata, spec }: Binding, { brokers }: Topology, ingress: string) => {
  const { ref, uri } = spec.sink;
  if (ref === undefined) return uri ?? '';
  const { kind, name, namespace = metadata.namespace } = ref;
  const broker = brokers.find(
    (entry) => entry.metadata.name === name && entry.metadata.namespace === namespace,
  );
  if (kind === 'Broker' && broker) return `${ingress}/${namespace}/${name}`;
  throw new Error(`${origin}: ${kind} ${name} is not a Broker that a manifest declares`);
};

/** The variables that a SinkBinding sets in the container of its subject. */
const variablesOf = (binding: Binding, topology: Topology, ingress: string) => ({
  K_SINK: addressOf(binding, topology, ingress),
  ...(binding.spec.ceOverrides && {
    K_CE_OVERRIDES: JSON.stringify({ extensions: binding.spec.ceOverrides.extensions }),
  }),
});

/**
 * The functions, with the addresses that SinkBindings set.
 * @param ingress origin at which the Brokers of this machine listen, or will before any function
 * starts.
 * @throws Error that names a binding whose subject or sink no manifest declares.
 */
export const bindSinks = (topology: Topology, ingress: string): readonly FunctionSpec[] => {
  const { functions, sinkBindings } = topology;
  const unnamed = sinkBindings.find(({ spec }) => spec.subject.name === undefined);
  if (unnamed) throw new Error(`${unnamed.origin}: the local runtime binds a subject by name only`);
  const stray = sinkBindings.find(
    ({ spec }) => !functions.some(({ name }) => name === spec.subject.name),
  );
  if (stray) throw new Error(`${stray.origin}: no manifest declares its subject`);
  return functions.map((spec) =>
    sinkBindings
      .filter((binding) => binding.spec.subject.name === spec.name)
      .reduce(
        (bound, binding) => ({
          ...bound,
          environment: { ...bound.environment, ...variablesOf(binding, topology, ingress) },
        }),
        spec,
      ),
  );
};
