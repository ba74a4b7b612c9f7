import { randomUUID } from 'node:crypto';
import type { Admin, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { Unavailable } from '#shared/domain/errors.ts';
import { slices } from '#shared/domain/slices.ts';
import { retryUntilReady } from './retry-until-ready.ts';
import type { TopicRecord } from './topic-record.ts';

/** The offsets of a partition, and up to where it was delivered to a consumer group. */
type PartitionState = Readonly<{
  partition: number;
  /** The oldest offset that retention has kept. */
  low: number;
  /** The offset of the next record to be written. */
  high: number;
  /**
   * The first offset that the group has not committed as delivered; undefined where it never
   * committed.
   */
  committed: number | undefined;
}>;

/** Records of one partition: from `next` up to, and without, `end`. */
export type TopicRange = Readonly<{ topic: string; partition: number; next: number; end: number }>;

/** Part of a range: its records, oldest first, and the offset at which the range continues. */
export type RangePart = Readonly<{
  topic: string;
  partition: number;
  records: readonly TopicRecord[];
  next: number;
}>;

/** Reads topics between offsets, without ever committing one. */
export type TopicReader = Readonly<{
  /**
   * Without a group nothing counts as committed.
   * @throws Unavailable when Kafka does not answer, or does not know the topic.
   */
  partitions: (topic: string, group?: string) => Promise<readonly PartitionState[]>;
  /**
   * Reads ranges part by part, in order within a partition, with little more than one fetch in
   * memory. Ends early, between parts, once `isOver` returns true, even if Kafka does not respond.
   * Returns whether everything was read.
   * @throws what `visit` throws, and Unavailable when Kafka does not answer.
   */
  read: (
    ranges: readonly TopicRange[],
    options: Readonly<{ visit: (part: RangePart) => Promise<void>; isOver: () => boolean }>,
  ) => Promise<boolean>;
}>;

/** Records that are handed over together. */
const partRecordsMax = 500;

/** Bytes of a fetch: of all partitions that a broker leads, and of one of them. */
const fetchBytesMax = 2_097_152;
const partitionBytesMax = 262_144;

/** How often `isOver` is checked while nothing is read. */
const watchEveryMs = 1_000;

/** A reader that is connected only while it reads, in consumer groups that begin with `name`. */
export const topicReader = (kafka: Kafka, name: string): TopicReader => ({
  partitions: (topic, group) =>
    translated(() => withAdmin(kafka, (admin) => statesOf(admin, topic, group))),
  read: (ranges, options) =>
    translated(async () => {
      const open = ranges.filter(({ next, end }) => next < end);
      const [first] = open;
      if (first === undefined) return true;
      const groupId = `${name}-${randomUUID()}`;
      // A consumer that joins while its coordinator is loading crashes.
      const find = (admin: Admin) => admin.fetchOffsets({ groupId, topics: [first.topic] });
      await withAdmin(kafka, (admin) => retryUntilReady(() => find(admin)));
      const consumer = kafka.consumer({
        groupId,
        maxBytes: fetchBytesMax,
        maxBytesPerPartition: partitionBytesMax,
        maxWaitTimeInMs: 500,
      });
      let isComplete = false;
      try {
        isComplete = await readRanges(consumer, open, options);
      } finally {
        await consumer.disconnect();
      }
      await withAdmin(kafka, (admin) => admin.deleteGroups([groupId]));
      return isComplete;
    }),
});

const translated = async <Result>(ask: () => Promise<Result>): Promise<Result> => {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof Error && error.name.startsWith('KafkaJS'))) throw error;
    throw new Unavailable('kafka', `Kafka could not be read: ${error.message}`, { cause: error });
  }
};

const withAdmin = async <Result>(
  kafka: Kafka,
  ask: (admin: Admin) => Promise<Result>,
): Promise<Result> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await ask(admin);
  } finally {
    await admin.disconnect();
  }
};

const statesOf = async (
  admin: Admin,
  topic: string,
  groupId: string | undefined,
): Promise<readonly PartitionState[]> => {
  // The group first: what it has committed lies below the end that is read after it.
  const [group] =
    groupId === undefined
      ? []
      : await retryUntilReady(() => admin.fetchOffsets({ groupId, topics: [topic] }));
  const offsets = await retryUntilReady(() => admin.fetchTopicOffsets(topic));
  const committed = new Map(
    group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]),
  );
  return offsets.map(({ partition, low, high }) => {
    const offset = committed.get(partition) ?? -1;
    return {
      partition,
      low: Number(low),
      high: Number(high),
      committed: offset < 0 ? undefined : offset,
    };
  });
};

type ReadOptions = Parameters<TopicReader['read']>[1];

const keyOf = (topic: string, partition: number): string => `${topic}/${partition}`;

const readRanges = async (
  consumer: Consumer,
  ranges: readonly TopicRange[],
  { visit, isOver }: ReadOptions,
): Promise<boolean> => {
  const left = new Map(ranges.map((range) => [keyOf(range.topic, range.partition), { ...range }]));
  const finished = Promise.withResolvers<boolean>();
  const fail = (error: unknown): void => {
    left.clear();
    finished.reject(error);
  };
  const visitBatch = async (payload: EachBatchPayload): Promise<void> => {
    const { topic, partition } = payload.batch;
    const range = left.get(keyOf(topic, partition));
    // A partition without a range, and after a rebalance one that is read already.
    if (range === undefined) {
      payload.pause();
      return;
    }
    const wanted = payload.batch.messages
      .filter(({ offset }) => Number(offset) >= range.next && Number(offset) < range.end)
      .map((message) => ({ ...message, partition }));
    // A rebalance forgets how far a seek had moved.
    if (Number(payload.batch.lastOffset()) < range.next)
      consumer.seek({ topic, partition, offset: String(range.next) });
    for (const records of slices(wanted, partRecordsMax)) {
      if (isOver()) {
        finished.resolve(false);
        return;
      }
      const next = Number(records.at(-1)?.offset) + 1;
      await visit({ topic, partition, records, next });
      range.next = next;
      await payload.heartbeat();
    }
  };

  consumer.on('consumer.crash', ({ payload }) => fail(payload.error));
  // Also called for batches without records, such as the markers of transactions.
  consumer.on('consumer.end_batch_process', ({ payload }) => {
    const { topic, partition, lastOffset } = payload;
    const range = left.get(keyOf(topic, partition));
    if (range === undefined || Number(lastOffset) + 1 < range.end) return;
    left.delete(keyOf(topic, partition));
    consumer.pause([{ topic, partitions: [partition] }]);
    if (left.size === 0) finished.resolve(true);
  });
  // `fail` was called with the cause of a crash during the start.
  await startReading(consumer, ranges, (payload) => visitBatch(payload).catch(fail)).catch(fail);
  const watch = setInterval(() => {
    if (isOver()) finished.resolve(false);
  }, watchEveryMs);
  return finished.promise.finally(() => clearInterval(watch));
};

const startReading = async (
  consumer: Consumer,
  ranges: readonly TopicRange[],
  eachBatch: (payload: EachBatchPayload) => Promise<void>,
): Promise<void> => {
  await consumer.connect();
  await consumer.subscribe({
    topics: [...new Set(ranges.map(({ topic }) => topic))],
    fromBeginning: true,
  });
  await consumer.run({ autoCommit: false, eachBatch });
  for (const { topic, partition, next } of ranges)
    consumer.seek({ topic, partition, offset: String(next) });
};
