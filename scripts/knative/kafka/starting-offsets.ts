import type { Admin } from 'kafkajs';
import { retryUntilReady } from '#shared/eventing/kafka/retry-until-ready.ts';

type Group = Readonly<{
  groupId: string;
  topics: readonly string[];
  initialOffset: 'earliest' | 'latest';
}>;

/** Where a group begins in one partition. */
export type Start = Readonly<{
  topic: string;
  partition: number;
  offset: number;
  /** The group has never committed in this partition. */
  isNew: boolean;
}>;

const UNCOMMITTED = '-1';

/** How long a source waits for Kafka when it starts, perhaps together with Kafka. */
const patienceMs = 60_000;

const startsIn = async (admin: Admin, topic: string, group: Group): Promise<Start[]> => {
  const deadline = performance.now() + patienceMs;
  const [committed] = await retryUntilReady(
    () => admin.fetchOffsets({ groupId: group.groupId, topics: [topic] }),
    deadline,
  );
  const ends = await retryUntilReady(() => admin.fetchTopicOffsets(topic), deadline);
  return ends.map(({ partition, high, low }) => {
    const offset = committed?.partitions.find((entry) => entry.partition === partition)?.offset;
    const isNew = offset === undefined || offset === UNCOMMITTED;
    const first = group.initialOffset === 'latest' ? high : low;
    return { topic, partition, offset: Number(isNew ? first : offset), isNew };
  });
};

/** Where a group begins: where it left off, and in new partitions at their beginning or end. */
export const startingOffsets = async (admin: Admin, group: Group): Promise<Start[]> => {
  const starts = await Promise.all(group.topics.map((topic) => startsIn(admin, topic, group)));
  return starts.flat();
};
