import type { Producer } from 'kafkajs';
import type { Resource } from '#scripts/manifests/kinds.ts';
import { freePort } from '#scripts/services/free-port.ts';
import { brokerTopic } from '../broker/broker-topic.ts';
import type { Target } from '../delivery/target.ts';
import { topicTarget } from '../kafka/topic-target.ts';
import type { Topology } from '../topology.ts';
import { clusterAddress } from './cluster-address.ts';
import { startReceiver } from './receiver.ts';

type Addressable = Resource<'Broker' | 'KafkaSink'>;

/** The receivers of the data plane, one for all Brokers and one for all KafkaSinks. */
export type Receivers = Readonly<{
  /** Where each kind listens, with paths `/<namespace>/<name>`. */
  origins: Readonly<Record<Addressable['kind'], string>>;
  /** The topics of the Brokers by path, which dispatchers write replies to without HTTP. */
  brokers: ReadonlyMap<string, Target>;
  sinks: ReadonlyMap<string, Target>;
  stop: () => Promise<void>;
}>;

/** Starts the receivers on free ports; resolves once they listen. */
export const startReceivers = async (
  topology: Topology,
  producer: Producer,
): Promise<Receivers> => {
  const entry = (resource: Addressable, topic: string) =>
    [
      `/${resource.metadata.namespace}/${resource.metadata.name}`,
      topicTarget({ url: clusterAddress(resource), topic, producer }),
    ] as const;
  const brokers = new Map(topology.brokers.map((broker) => entry(broker, brokerTopic(broker))));
  const sinks = new Map(topology.kafkaSinks.map((sink) => entry(sink, sink.spec.topic)));
  const ports = [await freePort(), await freePort()] as const;
  const receivers = await Promise.all([
    startReceiver(ports[0], brokers),
    startReceiver(ports[1], sinks),
  ]);
  return {
    origins: { Broker: `http://127.0.0.1:${ports[0]}`, KafkaSink: `http://127.0.0.1:${ports[1]}` },
    brokers,
    sinks,
    stop: async () => {
      await Promise.all(receivers.map(({ stop }) => stop()));
    },
  };
};
