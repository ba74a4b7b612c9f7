import { z } from 'zod';
import type { Resource } from '#scripts/manifests/kinds.ts';
import { type Answer, verdictOn } from '../delivery/answer.ts';
import type { Target } from '../delivery/target.ts';
import { cloudEventIn } from '../kafka/record-to-event.ts';
import { type DataPlane, runSource } from '../run-source.ts';
import type { RunningSource } from '../statistics.ts';
import { brokerTopic } from './broker-topic.ts';
import { eventFilter } from './event-filter.ts';
import { eventInMessage } from './event-in-message.ts';

const orderAnnotation = 'kafka.eventing.knative.dev/delivery.order';
const orders = z.enum(['ordered', 'unordered']).default('unordered');

const noDelivery = {
  retry: 0,
  backoffPolicy: 'exponential',
  backoffDelay: 200,
  timeout: 600_000,
} as const;

/** An empty reply is fine and an event goes back to the Broker; anything else makes the delivery a failure. */
const handleReply =
  (broker: Target, timeoutMs: number) =>
  async ({ headers = {}, body = Buffer.alloc(0) }: Answer): Promise<boolean> => {
    const isEmpty = body.length === 0 && headers['ce-specversion'] === undefined;
    if (isEmpty) return true;
    const reply = eventInMessage(headers, body);
    return reply !== undefined && verdictOn(await broker.send(reply, timeoutMs)) === 'delivered';
  };

type Options = Readonly<{
  trigger: Resource<'Trigger'>;
  broker: Resource<'Broker'>;
  /** The way into the Broker, for replies. */
  ingress: Target;
}>;

/** A Trigger: events of its Broker that pass its filter reach its subscriber. Its delivery replaces the Broker's whole. */
export const runTrigger = (
  plane: DataPlane,
  { trigger, broker, ingress }: Options,
): Promise<RunningSource> => {
  const { metadata, spec } = trigger;
  const { name, namespace, annotations } = metadata;
  const delivery = spec.delivery ?? broker.spec.delivery ?? noDelivery;
  const matches = eventFilter(spec);
  return runSource(plane, {
    name,
    namespace,
    groupId: `knative-trigger-${namespace}-${name}`,
    topics: [brokerTopic(broker)],
    initialOffset: 'latest',
    isOrdered: orders.parse(annotations[orderAnnotation]) === 'ordered',
    delivery,
    destination: spec.subscriber,
    toEvent: (record) => {
      const event = cloudEventIn(record);
      return event && matches(event) ? event : undefined;
    },
    onAccepted: handleReply(ingress, delivery.timeout),
  });
};
