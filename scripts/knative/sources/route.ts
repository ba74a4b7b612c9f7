import { z } from 'zod';
import type { Delivery, Destination, Resource } from '#scripts/manifests/kinds.ts';
import { brokerTopic } from '../broker/broker-topic.ts';

/**
 * What the Kafka controllers make of a KafkaSource or a Trigger: which records go where, and how.
 */
export type Route = Readonly<{
  name: string;
  namespace: string;
  groupId: string;
  topics: readonly string[];
  /** The most members its consumer group has. */
  consumers: number;
  /** Where a new consumer group begins. */
  initialOffset: 'earliest' | 'latest';
  isOrdered: boolean;
  delivery: Delivery;
  destination: Destination;
}>;

/** The route of a KafkaSource. */
export const sourceRoute = ({ metadata, spec }: Resource<'KafkaSource'>): Route => {
  const { name, namespace } = metadata;
  return {
    name,
    namespace,
    groupId: spec.consumerGroup ?? `knative-kafka-source-${namespace}-${name}`,
    topics: spec.topics,
    consumers: spec.consumers,
    initialOffset: spec.initialOffset,
    isOrdered: spec.ordering === 'ordered',
    delivery: spec.delivery,
    destination: spec.sink,
  };
};

const orderAnnotation = 'kafka.eventing.knative.dev/delivery.order';
const orders = z.enum(['ordered', 'unordered']).default('unordered');

const noDelivery: Delivery = {
  retry: 0,
  backoffPolicy: 'exponential',
  backoffDelay: 200,
  timeout: 600_000,
};

/** The route of a Trigger. Its own delivery replaces that of its Broker as a whole. */
export const triggerRoute = (
  { metadata, spec }: Resource<'Trigger'>,
  broker: Resource<'Broker'>,
): Route => {
  const { name, namespace, annotations } = metadata;
  return {
    name,
    namespace,
    groupId: `knative-trigger-${namespace}-${name}`,
    topics: [brokerTopic(broker)],
    consumers: 1,
    initialOffset: 'latest',
    isOrdered: orders.parse(annotations[orderAnnotation]) === 'ordered',
    delivery: spec.delivery ?? broker.spec.delivery ?? noDelivery,
    destination: spec.subscriber,
  };
};
