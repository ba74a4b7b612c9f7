import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { dataOf } from '#scripts/matching/customer-fixture.ts';
import type { LabelledRecord } from '#scripts/matching/generate-records.ts';
import { inBatches } from '#scripts/platform/in-batches.ts';
import type { Platform } from '#scripts/platform/start-platform.ts';
import { kafkaWriter, recordBytes } from '#shared/eventing/kafka-writer.ts';
import type { GeneratedLoad } from './generated-load.ts';
import { type MatchLatency, readLatency } from './match-latency.ts';
import { memoryPeakMb } from './memory-peak.ts';

type Options = Readonly<{
  load: GeneratedLoad;
  /** Records a second; as fast as they are matched where it is left out. */
  ratePerSecond: number | undefined;
  onProgress: (matched: number) => void;
}>;

/** What streaming took. */
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
const tickMs = 10;

/** Streams records of both sources through Kafka and the sources to match-customer. */
export const streamLoad = async (
  { knative, brokers }: Platform,
  { load, ratePerSecond, onProgress }: Options,
): Promise<StreamedLoad> => {
  await boundTopics(brokers);
  const writer = kafkaWriter({ brokers, clientId: 'matching-load' });
  const endedOf = async () => {
    const { 'dotnet-details': one, 'store-details': other } = await knative.statistics();
    const ended = (one?.delivered ?? 0) + (other?.delivered ?? 0);
    const deadLettered = (one?.deadLettered ?? 0) + (other?.deadLettered ?? 0);
    onProgress(ended);
    return { ended: ended + deadLettered, deadLettered };
  };
  const batchMax = ratePerSecond ? Math.ceil((ratePerSecond * tickMs) / 1_000) : batchRecords;
  const startedAt = performance.now();
  let [sent, endedBefore] = [0, 0];
  for await (const batch of inBatches(load.records(), batchMax)) {
    while (sent - endedBefore > waitingMax) {
      endedBefore = (await endedOf()).ended;
      if (sent - endedBefore > waitingMax) await sleep(100);
    }
    if (ratePerSecond !== undefined)
      await sleep(Math.max(0, startedAt + (sent * 1_000) / ratePerSecond - performance.now()));
    const failures = await writer.write(batch.map(messageOf));
    const failure = failures.find((each) => each !== undefined);
    if (failure !== undefined) throw failure;
    sent += batch.length;
  }
  let progress = await endedOf();
  while (progress.ended < sent) {
    await sleep(100);
    progress = await endedOf();
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  await writer.close();
  const pods = Object.entries(knative.pids()).filter(([name]) => name.startsWith('match-customer'));
  return {
    ...{ sent, seconds, deadLettered: progress.deadLettered },
    latency: await readLatency(knative.metrics('match-customer')),
    podsMb: await Promise.all(pods.map(([, pid]) => memoryPeakMb(pid))),
  };
};

const messageOf = (labelled: LabelledRecord) => {
  const { recordId, source } = labelled.record;
  const message = { key: recordId, value: JSON.stringify(dataOf(labelled)) };
  return { topic: `${source}-details`, message, bytes: recordBytes(message) };
};

/** The type of topics among what can be configured; Node does not find the enumeration. */
const topicType = 2;

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
      resources: ['dotnet-details', 'store-details', 'customer-events'].map((name) => ({
        ...{ type: topicType, name, configEntries },
      })),
    });
  } finally {
    await admin.disconnect();
  }
};
