import { type Resource, resourcesOf } from '#scripts/manifests/kinds.ts';
import { loadKustomization } from '#scripts/manifests/load-kustomization.ts';
import { environmentOf } from './environment.ts';
import { limitsOf } from './serving/limits-of.ts';
import type { Limits } from './serving/pending-request.ts';
import { type Scale, scaleOf } from './serving/scale-of.ts';

/** One function as its manifest declares it. */
export type FunctionSpec = Readonly<{
  name: string;
  namespace: string;
  environment: Readonly<Record<string, string>>;
  /** Requests that one of its pods processes at once; 0 is no limit. */
  concurrency: number;
  limits: Limits;
  scale: Scale;
}>;

/** Everything from the manifests that is emulated here. */
export type Topology = Readonly<{
  functions: readonly FunctionSpec[];
  topics: readonly Resource<'KafkaTopic'>[];
  kafkaSources: readonly Resource<'KafkaSource'>[];
  kafkaSinks: readonly Resource<'KafkaSink'>[];
  brokers: readonly Resource<'Broker'>[];
  triggers: readonly Resource<'Trigger'>[];
  pingSources: readonly Resource<'PingSource'>[];
  sinkBindings: readonly Resource<'SinkBinding'>[];
  configMaps: readonly Resource<'ConfigMap'>[];
}>;

/**
 * Reads the manifests of a kustomization.
 * @param overrides values by key, such as DATABASE_URL, that override every Secret and ConfigMap.
 */
export const readTopology = (
  directory: string,
  overrides: Readonly<Record<string, string>>,
): Topology => {
  const manifests = loadKustomization(directory);
  const configMaps = resourcesOf(manifests, 'ConfigMap');
  const sources = { configMaps, secrets: resourcesOf(manifests, 'Secret'), overrides };
  return {
    functions: resourcesOf(manifests, 'Service').map((service) => ({
      name: service.metadata.name,
      namespace: service.metadata.namespace,
      environment: environmentOf(service, sources),
      concurrency: service.spec.template.spec.containerConcurrency,
      limits: limitsOf(service),
      scale: scaleOf(service),
    })),
    topics: resourcesOf(manifests, 'KafkaTopic'),
    kafkaSources: resourcesOf(manifests, 'KafkaSource'),
    kafkaSinks: resourcesOf(manifests, 'KafkaSink'),
    brokers: resourcesOf(manifests, 'Broker'),
    triggers: resourcesOf(manifests, 'Trigger'),
    pingSources: resourcesOf(manifests, 'PingSource'),
    sinkBindings: resourcesOf(manifests, 'SinkBinding'),
    configMaps,
  };
};
