import type { Resource } from '#scripts/manifests/kinds.ts';

/** The topic in which a Broker of class Kafka keeps its events. */
export const brokerTopic = ({ metadata }: Resource<'Broker'>): string =>
  `knative-broker-${metadata.namespace}-${metadata.name}`;
