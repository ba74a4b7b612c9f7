import type { Resource } from '../manifests/resources.ts';

/** The topic in which a Broker of class Kafka keeps its events. */
export const brokerTopic = ({ metadata }: Resource<'Broker'>): string =>
  `knative-broker-${metadata.namespace}-${metadata.name}`;
