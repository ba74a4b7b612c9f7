import { expect, test } from 'vitest';
import type { Resource } from '#scripts/manifests/kinds.ts';
import { brokerTopic } from './broker/broker-topic.ts';
import recorded from './contract-production.json' with { type: 'json' };
import { brokerSettings } from './create-topics.ts';
import { clusterAddress, destinationAddress } from './receivers/cluster-address.ts';
import { type Route, sourceRoute, triggerRoute } from './sources/route.ts';
import { readTopology } from './topology.ts';

const topology = readTopology('infra/knative/overlays/production', {
  DATABASE_URL: 'postgres://nowhere',
  REDIS_URL: 'redis://nowhere',
  AUTH_JWT_SECRET: 'none',
  WEBHOOK_SECRET_KEYS: 'none',
  PERSON_MASTER_KEYS: 'none',
  BLIND_INDEX_KEYS: 'none',
});

type Object = Resource<'Broker' | 'KafkaSink' | 'KafkaSource' | 'Trigger'>;

const referenceTo = ({ apiVersion, kind, metadata: { name, namespace } }: Object) => ({
  namespace,
  name,
  kind,
  groupVersion: apiVersion,
});

const ingressOf = (resource: Resource<'Broker' | 'KafkaSink'>) => ({
  path: `/${resource.metadata.namespace}/${resource.metadata.name}`,
});

/** How the contract writes a `delivery`; exponential is its default and left out. */
const egressConfigOf = (delivery: Route['delivery'], namespace: string) => ({
  ...(delivery.deadLetterSink && {
    deadLetter: destinationAddress(delivery.deadLetterSink, namespace),
  }),
  retry: delivery.retry,
  ...(delivery.backoffPolicy === 'linear' && { backoffPolicy: 'Linear' }),
  backoffDelay: String(delivery.backoffDelay),
  timeout: String(delivery.timeout),
});

const egressOf = (route: Route, resource: Object) => ({
  consumerGroup: route.groupId,
  destination: destinationAddress(route.destination, route.namespace),
  egressConfig: egressConfigOf(route.delivery, route.namespace),
  ...(route.isOrdered && { deliveryOrder: 'ORDERED' }),
  reference: referenceTo(resource),
});

const bootstrapOf = (broker: Resource<'Broker'>) =>
  brokerSettings(broker, topology)['bootstrap.servers'];

const byName = <T extends Object>(resources: readonly T[]) =>
  resources.toSorted((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));

/**
 * Our reading of the manifests, written as the contract between the Kafka controllers and the data
 * plane.
 */
const contract = {
  'kafka-broker-brokers-triggers': byName(topology.brokers).map((broker) => ({
    topics: [brokerTopic(broker)],
    bootstrapServers: bootstrapOf(broker),
    ingress: ingressOf(broker),
    egressConfig: egressConfigOf(broker.spec.delivery!, broker.metadata.namespace),
    reference: referenceTo(broker),
  })),
  'kafka-broker-dispatcher-0': byName(topology.triggers).map((trigger) => {
    const broker = topology.brokers.find(({ metadata }) => metadata.name === trigger.spec.broker)!;
    const route = triggerRoute(trigger, broker);
    return {
      topics: route.topics,
      bootstrapServers: bootstrapOf(broker),
      egresses: [
        {
          ...egressOf(route, trigger),
          replyToOriginalTopic: {},
          filter: { attributes: trigger.spec.filter?.attributes },
          vReplicas: 1,
        },
      ],
      reference: referenceTo(broker),
    };
  }),
  'kafka-sink-sinks': byName(topology.kafkaSinks).map((sink) => ({
    topics: [sink.spec.topic],
    bootstrapServers: sink.spec.bootstrapServers.join(),
    ingress: ingressOf(sink),
    reference: referenceTo(sink),
  })),
  'kafka-source-dispatcher-0': byName(topology.kafkaSources).map((source) => {
    const route = sourceRoute(source);
    return {
      topics: route.topics,
      bootstrapServers: source.spec.bootstrapServers.join(),
      egresses: [
        { ...egressOf(route, source), discardReply: {}, vReplicas: source.spec.consumers },
      ],
      // Neither TLS nor SASL: none of our sources sets `net`.
      multiAuthSecret: {},
      reference: referenceTo(source),
    };
  }),
};

/**
 * The recording is what the controllers of the Kafka broker 1.23 made of the production overlay,
 * without the ids and feature flags of that installation. If a change to a manifest fails this
 * test, change the recording in the same place. The dead-letter sinks, recorded as a KafkaSink, are
 * now what a reference to a Service with a relative `uri` resolves to.
 */
test('the local runtime reads the manifests as the Kafka controllers do', () => {
  expect(contract).toEqual(recorded);
});

test('what takes events is found under its address in the cluster', () => {
  const [broker] = topology.brokers;
  expect(clusterAddress(broker!)).toBe(
    'http://kafka-broker-ingress.knative-eventing.svc.cluster.local/guerdon/guerdon',
  );
  const ref = { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'award-points' };
  expect(destinationAddress({ ref, uri: '/again' }, 'guerdon')).toBe(
    'http://award-points.guerdon.svc.cluster.local/again',
  );
});
