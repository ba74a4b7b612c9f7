import type { Destination } from '#scripts/manifests/kinds.ts';

type Addressable = Readonly<{
  kind: string;
  metadata: Readonly<{ name: string; namespace: string }>;
}>;

const hostOf = (name: string, namespace: string): string =>
  `http://${name}.${namespace}.svc.cluster.local`;

const ingresses: Readonly<Record<string, string>> = {
  Broker: hostOf('kafka-broker-ingress', 'knative-eventing'),
  KafkaSink: hostOf('kafka-sink-ingress', 'knative-eventing'),
};

/** The URL at which a Service, Broker or KafkaSink takes events in a cluster. */
export const clusterAddress = ({ kind, metadata: { name, namespace } }: Addressable): string => {
  const ingress = ingresses[kind];
  return ingress ? `${ingress}/${namespace}/${name}` : hostOf(name, namespace);
};

/** The URL that Knative resolves a destination to; dead letters carry it as `knativeerrordest`. */
export const destinationAddress = (
  { ref, uri = '' }: Destination,
  ownNamespace: string,
): string => {
  if (ref === undefined) return uri;
  const { kind, name, namespace = ownNamespace } = ref;
  return `${clusterAddress({ kind, metadata: { name, namespace } })}${uri}`;
};
