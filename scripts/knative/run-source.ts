import type { Admin, Kafka } from 'kafkajs';
import type { Destination } from '#scripts/manifests/kinds.ts';
import type { Answer } from './delivery/answer.ts';
import { type DeliveryCounts, deliver } from './delivery/deliver.ts';
import { retryPolicy } from './delivery/retry-policy.ts';
import type { Target } from './delivery/target.ts';
import { RecordConsumer } from './kafka/record-consumer.ts';
import type { KafkaRecord } from './kafka/record-to-event.ts';
import type { Route } from './route.ts';
import type { RoutedEvent } from './routed-event.ts';
import type { RunningSource } from './statistics.ts';

/** What every source and Trigger needs of its surroundings. */
export type DataPlane = Readonly<{
  kafka: Kafka;
  admin: Admin;
  /** Finds where a destination leads; it throws for one that leads nowhere. */
  resolve: (destination: Destination, namespace: string) => Target;
}>;

type Options = Route &
  Readonly<{
    /** The event in a record; undefined when there is nothing to deliver. */
    toEvent: (record: KafkaRecord) => RoutedEvent | undefined;
    onAccepted?: (answer: Answer) => Promise<boolean>;
  }>;

/** Delivers the records of topics to a destination: what KafkaSources and Triggers have in common. */
export const runSource = async (plane: DataPlane, options: Options): Promise<RunningSource> => {
  const { name, namespace, delivery, destination, toEvent, onAccepted } = options;
  const counts: DeliveryCounts = { delivered: 0, retried: 0, deadLettered: 0, lost: 0 };
  const route = {
    target: plane.resolve(destination, namespace),
    deadLetterSink: delivery.deadLetterSink && plane.resolve(delivery.deadLetterSink, namespace),
    policy: retryPolicy(delivery),
    counts,
    ...(onAccepted && { onAccepted }),
  };
  const consumer = await RecordConsumer.start({
    ...options,
    ...plane,
    process: async (record, stopping) => {
      const event = toEvent(record);
      if (event) await deliver(event, { ...route, stopping });
    },
  });
  return {
    name,
    statistics: async () => ({
      ...counts,
      inFlight: consumer.inFlight,
      lag: await consumer.lag(),
    }),
    stop: () => consumer.stop(),
    abandon: () => consumer.abandon(),
  };
};
