import type { Admin, KafkaConfig } from 'kafkajs';
import type { Destination } from '#scripts/manifests/kinds.ts';
import type { Answer } from '../delivery/answer.ts';
import { type DeliveryCounts, deliver } from '../delivery/deliver.ts';
import { retryPolicy } from '../delivery/retry-policy.ts';
import type { Target } from '../delivery/target.ts';
import type { RoutedEvent } from '../events/routed-event.ts';
import { lostRecords } from '../kafka/lost-records.ts';
import { PartitionOffsets } from '../kafka/partition-offsets.ts';
import { RecordConsumer } from '../kafka/record-consumer.ts';
import type { KafkaRecord } from '../kafka/record-to-event.ts';
import { startingOffsets } from '../kafka/starting-offsets.ts';
import type { RunningSource } from '../statistics.ts';
import type { Route } from './route.ts';

/** What every source and Trigger needs. */
export type DataPlane = Readonly<{
  /** How to connect to Kafka. */
  client: KafkaConfig;
  admin: Admin;
  /** Resolves a destination; throws for one that does not exist. */
  resolve: (destination: Destination, namespace: string) => Target;
}>;

type Options = Route &
  Readonly<{
    /** The event in a record; undefined when there is nothing to deliver. */
    toEvent: (record: KafkaRecord) => RoutedEvent | undefined;
    onAccepted?: (answer: Answer) => Promise<boolean>;
  }>;

/**
 * Delivers the records of topics to a destination: what KafkaSources and Triggers have in common.
 */
export const runSource = async (plane: DataPlane, options: Options): Promise<RunningSource> => {
  const { name, namespace, consumers, topics, delivery, destination, toEvent, onAccepted } =
    options;
  const { admin, client } = plane;
  const counts: DeliveryCounts = { delivered: 0, retried: 0, deadLettered: 0, lost: 0 };
  const route = {
    target: plane.resolve(destination, namespace),
    deadLetterSink: delivery.deadLetterSink && plane.resolve(delivery.deadLetterSink, namespace),
    policy: retryPolicy(delivery),
    counts,
    ...(onAccepted && { onAccepted }),
  };
  const offsets = new PartitionOffsets(await startingOffsets(admin, options));
  const members = new Map<number, RecordConsumer>();

  const inFlight = () => sum(Array.from(members.values(), (member) => member.inFlight));

  return {
    name,
    consumers,
    join: async (dispatcher) => {
      const member = await RecordConsumer.start({
        ...options,
        client,
        admin,
        offsets,
        lostIn: (poll) => {
          const lost = lostRecords(poll);
          counts.lost += lost.size;
          return lost;
        },
        process: async (record, stopping) => {
          const event = toEvent(record);
          if (event) await deliver(event, { ...route, stopping });
        },
      });
      members.set(dispatcher, member);
    },
    leave: async (dispatcher, ending) => {
      const member = members.get(dispatcher);
      await member?.[ending]();
      members.delete(dispatcher);
    },
    inFlight,
    statistics: async (endsOf) => {
      const lags = topics.map(async (topic) => offsets.lag(topic, await endsOf(topic)));
      return { ...counts, inFlight: inFlight(), lag: sum(await Promise.all(lags)) };
    },
  };
};

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);
