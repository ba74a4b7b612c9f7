import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';

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
  /** The group has not been here before. */
  isNew: boolean;
}>;

const UNCOMMITTED = '-1';

const LOADING_RETRY_MS = 100;

/** The classes of kafkajs's errors cannot be imported from an ES module. */
const isLoading = (error: unknown): boolean =>
  error instanceof Error && 'type' in error && error.type === 'GROUP_LOAD_IN_PROGRESS';

/** The committed offsets; a coordinator that has just started is still loading them and is asked again. */
const fetchCommitted = async (admin: Admin, groupId: string, topic: string) => {
  try {
    return await admin.fetchOffsets({ groupId, topics: [topic] });
  } catch (error) {
    if (!isLoading(error)) throw error;
    await sleep(LOADING_RETRY_MS);
    return fetchCommitted(admin, groupId, topic);
  }
};

const startsIn = async (admin: Admin, topic: string, group: Group): Promise<Start[]> => {
  const [committed] = await fetchCommitted(admin, group.groupId, topic);
  const ends = await admin.fetchTopicOffsets(topic);
  return ends.map(({ partition, high, low }) => {
    const offset = committed?.partitions.find((entry) => entry.partition === partition)?.offset;
    const isNew = offset === undefined || offset === UNCOMMITTED;
    const first = group.initialOffset === 'latest' ? high : low;
    return { topic, partition, offset: Number(isNew ? first : offset), isNew };
  });
};

/** Where a group begins: where it left off, and in partitions that are new to it at one end or the other. */
export const startingOffsets = async (admin: Admin, group: Group): Promise<Start[]> => {
  const starts = await Promise.all(group.topics.map((topic) => startsIn(admin, topic, group)));
  return starts.flat();
};
