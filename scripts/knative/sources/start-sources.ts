import { retryUntilReady } from '#shared/eventing/kafka/retry-until-ready.ts';
import { runTrigger } from '../broker/run-trigger.ts';
import type { Targets } from '../receivers/targets.ts';
import type { Topology } from '../topology.ts';
import { runKafkaSource } from './run-kafka-source.ts';
import { runPingSource } from './run-ping-source.ts';
import type { DataPlane } from './run-source.ts';
import { RunningSources } from './running-sources.ts';

type Plane = Omit<DataPlane, 'resolve'>;
type Parts = Readonly<{
  plane: Plane;
  topology: Topology;
  targets: Targets;
  /** How many dispatcher pods there are. */
  dispatchers: number;
}>;

const brokerOf = (
  { origin, metadata, spec }: Topology['triggers'][number],
  { topology, targets }: Parts,
) => {
  const broker = topology.brokers.find((entry) => entry.metadata.name === spec.broker);
  const ingress = targets.brokers.get(`/${metadata.namespace}/${spec.broker}`);
  if (broker && ingress) return { broker, ingress };
  throw new Error(`${origin}: no manifest declares Broker ${spec.broker}`);
};

/** Starts every KafkaSource and Trigger; resolves once all of them have joined their groups. */
export const startSources = async (parts: Parts): Promise<RunningSources> => {
  const { topology, targets, dispatchers } = parts;
  const plane = { ...parts.plane, resolve: targets.resolve };
  const sources = new RunningSources(
    await Promise.all([
      ...topology.kafkaSources.map((source) => runKafkaSource(plane, source)),
      ...topology.triggers.map((trigger) =>
        runTrigger(plane, { trigger, ...brokerOf(trigger, parts) }),
      ),
    ]),
    (topic) => retryUntilReady(() => plane.admin.fetchTopicOffsets(topic)),
  );
  await sources.scale(dispatchers);
  return sources;
};

/** Starts every PingSource; returns how to stop them. */
export const startPingSources = ({ pingSources }: Topology, targets: Targets): (() => void) => {
  const running = pingSources.map((source) =>
    runPingSource(source, targets.resolve(source.spec.sink, source.metadata.namespace)),
  );
  return () => running.forEach(({ stop }) => stop());
};
