import { environmentOf } from './manifests/environment.ts';
import { loadKustomization } from './manifests/load-kustomization.ts';
import { ofKind, type Resource } from './manifests/resources.ts';

/** One function as its manifest wants it. */
export type FunctionSpec = Readonly<{
  name: string;
  namespace: string;
  environment: Readonly<Record<string, string>>;
  /** Requests it takes at once; 0 is no limit. */
  concurrency: number;
}>;

/** Everything the manifests say that is played here. */
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
 * @param overrides values by key, such as DATABASE_URL, that stand above every Secret and ConfigMap.
 */
export const readTopology = (
  directory: string,
  overrides: Readonly<Record<string, string>>,
): Topology => {
  const manifests = loadKustomization(directory);
  const configMaps = ofKind(manifests, 'ConfigMap');
  const sources = { configMaps, secrets: ofKind(manifests, 'Secret'), overrides };
  return {
    functions: ofKind(manifests, 'Service').map((service) => ({
      name: service.metadata.name,
      namespace: service.metadata.namespace,
      environment: environmentOf(service, sources),
      concurrency: service.spec.template.spec.containerConcurrency,
    })),
    topics: ofKind(manifests, 'KafkaTopic'),
    kafkaSources: ofKind(manifests, 'KafkaSource'),
    kafkaSinks: ofKind(manifests, 'KafkaSink'),
    brokers: ofKind(manifests, 'Broker'),
    triggers: ofKind(manifests, 'Trigger'),
    pingSources: ofKind(manifests, 'PingSource'),
    sinkBindings: ofKind(manifests, 'SinkBinding'),
    configMaps,
  };
};
