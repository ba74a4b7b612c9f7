import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { dataOf } from '#scripts/matching/customer-fixture.ts';
import type { LabelledRecord } from '#scripts/matching/generate-records.ts';
import { inBatches } from '#scripts/platform/in-batches.ts';
import type { Platform } from '#scripts/platform/start-platform.ts';
import { kafkaWriter, recordBytes } from '#shared/eventing/kafka/kafka-writer.ts';
import { Kafka, logLevel } from '#shared/eventing/kafka/kafkajs.ts';
import type { GeneratedLoad } from './generated-load.ts';
import { type MatchLatency, readLatency } from './match-latency.ts';
import { memoryPeakMb } from './memory-peak.ts';

type Options = Readonly<{
  load: GeneratedLoad;
  /** Records per second; if omitted, as fast as they are matched. */
  ratePerSecond: number | undefined;
  onProgress: (matched: number) => void;
}>;

/** The time and memory of streaming. */
export type StreamedLoad = Readonly<{
  sent: number;
  seconds: number;
  deadLettered: number;
  latency: MatchLatency;
  /** The most memory of each pod of match-customer, in MiB. */
  podsMb: readonly number[];
}>;

/** Records that may wait in Kafka: far fewer than its retention keeps. */
const waitingMax = 50_000;
const batchRecords = 500;
/** Their sources have the same names. */
const topics = ['dotnet-details', 'store-details'];
const tickMs = 10;

/** Streams records of both sources through Kafka and the sources to match-customer. */
export const streamLoad = async (
  { knative, brokers }: Platform,
  { load, ratePerSecond, onProgress }: Options,
): Promise<StreamedLoad> => {
  await boundTopics(brokers);
  const endedOf = async () => {
    const statistics = await knative.statistics();
    const sumOf = (count: 'delivered' | 'deadLettered') =>
      topics.reduce((sum, topic) => sum + (statistics[topic]?.[count] ?? 0), 0);
    const [delivered, deadLettered] = [sumOf('delivered'), sumOf('deadLettered')];
    onProgress(delivered);
    return { ended: delivered + deadLettered, deadLettered };
  };
  const whenEnded = async (records: number) => {
    for (;;) {
      const progress = await endedOf();
      if (progress.ended >= records) return progress;
      await sleep(100);
    }
  };
  const startedAt = performance.now();
  const sent = await sendRecords(brokers, { load, ratePerSecond, whenEnded });
  const { deadLettered } = await whenEnded(sent);
  const seconds = (performance.now() - startedAt) / 1_000;
  const pods = Object.entries(knative.pids()).filter(([name]) => name.startsWith('match-customer'));
  return {
    ...{ sent, seconds, deadLettered },
    latency: await readLatency(knative.metrics('match-customer')),
    podsMb: await Promise.all(pods.map(([, pid]) => memoryPeakMb(pid))),
  };
};

type Sending = Pick<Options, 'load' | 'ratePerSecond'> &
  Readonly<{ whenEnded: (records: number) => Promise<unknown> }>;

/** Sends all records, and returns how many there were. A bounded number of them waits in Kafka. */
const sendRecords = async (
  brokers: readonly string[],
  { load, ratePerSecond = Infinity, whenEnded }: Sending,
): Promise<number> => {
  const writer = kafkaWriter({ brokers, clientId: 'matching-load' });
  const batchMax = Math.min(batchRecords, Math.ceil((ratePerSecond * tickMs) / 1_000));
  const startedAt = performance.now();
  let [sent, askedAt] = [0, 0];
  for await (const batch of inBatches(load.records(), batchMax)) {
    if (sent - askedAt > waitingMax / 2) {
      await whenEnded(sent - waitingMax);
      askedAt = sent;
    }
    await sleep(Math.max(0, startedAt + (sent * 1_000) / ratePerSecond - performance.now()));
    const failures = await writer.write(batch.map(messageOf));
    const failure = failures.find((each) => each !== undefined);
    if (failure !== undefined) throw failure;
    sent += batch.length;
  }
  await writer.close();
  return sent;
};

const messageOf = (labelled: LabelledRecord) => {
  const { recordId, source } = labelled.record;
  const message = { key: recordId, value: JSON.stringify(dataOf(labelled)) };
  return { topic: `${source}-details`, message, bytes: recordBytes(message) };
};

/**
 * Bounds what Kafka keeps of a run to some 100 MB per partition, which is far more than what may
 * wait: millions of records and their events would fill the disk.
 */
const boundTopics = async (brokers: readonly string[]): Promise<void> => {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  try {
    const configEntries = [
      { name: 'retention.bytes', value: '67108864' },
      { name: 'segment.bytes', value: '33554432' },
    ];
    await admin.alterConfigs({
      validateOnly: false,
      resources: [...topics, 'customer-events'].map((name) => ({
        ...{ type: kafkajs.ConfigResourceTypes.TOPIC, name, configEntries },
      })),
    });
  } finally {
    await admin.disconnect();
  }
};
