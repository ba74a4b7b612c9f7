import { randomUUID } from 'node:crypto';
import type { Admin, Batch, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { retryUntilReady } from '../kafka/retry-until-ready.ts';
import { type DeadLetter, toDeadLetter } from './dead-letter.ts';
import { type FirstCopies, firstCopies } from './first-copies.ts';
import { type HandledLetters, handledLetters } from './handled-letters.ts';

/** Letters of one fetch that are not handled yet, oldest first. */
export type Letters = Readonly<{
  partition: number;
  letters: readonly DeadLetter[];
  handled: HandledLetters;
  /** Commits what is handled so far, for all later runs. */
  commit: () => Promise<void>;
  /** Keeps the membership in the group while this fetch is worked on. */
  heartbeat: () => Promise<void>;
}>;

/** Where a letter lies. */
export type Place = Readonly<{ partition: number; offset: number }>;

/** What to walk through and why. */
export type WalkOptions = Readonly<{
  kafka: Kafka;
  topic: string;
  /** The consumer group that remembers which letters are handled. */
  groupId: string;
  /**
   * Whether letters get handled: only one process at a time may do so. Otherwise nothing is
   * committed.
   */
  isHandling: boolean;
  /** Walks to this letter only. */
  only?: Place | undefined;
  /** Leaves out letters that were written at this time or later. */
  writtenBefore?: Date;
  /** Ends the walk after the fetch that is being visited. */
  signal?: AbortSignal;
  /** Works on one fetch. */
  visit: (letters: Letters) => Promise<void>;
}>;

/**
 * `busy` when another process is handling letters of the group, `stopped` when the signal came
 * before the end.
 */
export type WalkOutcome = 'done' | 'busy' | 'stopped';

/**
 * `next` and `end` limit the range that is still to be read; `firsts` separates copies of a letter
 * from the first one.
 */
type Partition = {
  readonly handled: HandledLetters;
  readonly firsts: FirstCopies;
  next: number;
  end: number;
};

const readPartitions = async (
  admin: Admin,
  { topic, groupId, writtenBefore }: Pick<WalkOptions, 'topic' | 'groupId' | 'writtenBefore'>,
): Promise<Map<number, Partition>> => {
  const offsets = await retryUntilReady(() => admin.fetchTopicOffsets(topic));
  const ends =
    writtenBefore === undefined
      ? offsets.map(({ partition, high }) => ({ partition, offset: high }))
      : await retryUntilReady(() =>
          admin.fetchTopicOffsetsByTimestamp(topic, writtenBefore.getTime()),
        );
  const endOf = new Map(ends.map(({ partition, offset }) => [partition, Number(offset)]));
  const [committed] = await retryUntilReady(() => admin.fetchOffsets({ groupId, topics: [topic] }));
  return new Map(
    offsets.map(({ partition, low }) => {
      const found = committed?.partitions.find((entry) => entry.partition === partition);
      const position = found && { offset: found.offset, metadata: found.metadata ?? '' };
      const handled = handledLetters(position, Number(low));
      const limits = { next: handled.first(), end: endOf.get(partition) ?? 0 };
      return [partition, { handled, firsts: firstCopies(), ...limits }];
    }),
  );
};

/** Which letters a group has handled, by partition. */
export const readHandled = async (
  kafka: Kafka,
  { topic, groupId }: Pick<WalkOptions, 'topic' | 'groupId'>,
): Promise<ReadonlyMap<number, HandledLetters>> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const partitions = await readPartitions(admin, { topic, groupId });
    return new Map([...partitions].map(([number, { handled }]) => [number, handled]));
  } finally {
    await admin.disconnect();
  }
};

const pendingOf = (partitions: ReadonlyMap<number, Partition>, only: Place | undefined) => {
  const wanted = [...partitions].filter(
    ([number]) => only === undefined || number === only.partition,
  );
  for (const [, partition] of wanted) {
    if (only === undefined) continue;
    partition.next = Math.max(partition.next, only.offset);
    partition.end = Math.min(partition.end, only.offset + 1);
  }
  return new Map(wanted.filter(([, { next, end }]) => next < end));
};

/** A process that was killed stays a member until its session ends, after ten seconds. */
const hasMembers = async (admin: Admin, groupId: string): Promise<boolean> => {
  const { groups } = await admin.describeGroups([groupId]);
  return groups.some(({ members }) => members.length > 0);
};

/**
 * Visits every letter of a topic that its group has not handled and that was there when the walk
 * began, one fetch after the other, so that no more than one is in memory. Of several copies of a
 * letter it visits the first.
 */
export const walkLetters = async (options: WalkOptions): Promise<WalkOutcome> => {
  const { kafka, isHandling } = options;
  const admin = kafka.admin();
  await admin.connect();
  try {
    const pending = pendingOf(await readPartitions(admin, options), options.only);
    if (pending.size === 0) return 'done';
    const groupId = isHandling ? options.groupId : `${options.groupId}-${randomUUID()}`;
    if (isHandling && (await hasMembers(admin, groupId))) return 'busy';
    const consumer = kafka.consumer({
      groupId,
      sessionTimeout: 10_000,
      rebalanceTimeout: 10_000,
      maxWaitTimeInMs: 500,
    });
    try {
      await consume(consumer, options, pending);
    } finally {
      await consumer.disconnect();
    }
    if (!isHandling) await admin.deleteGroups([groupId]);
    return pending.size === 0 ? 'done' : 'stopped';
  } finally {
    await admin.disconnect();
  }
};

/** Compaction leaves gaps between offsets: there is nothing to handle. */
const skipGaps = ({ handled, next, end }: Partition, batch: Batch): void => {
  const present = new Set(batch.messages.map(({ offset }) => Number(offset)));
  for (let offset = next; offset < end && offset <= Number(batch.lastOffset()); offset += 1)
    if (!present.has(offset)) handled.add(offset);
};

type Pending = Map<number, Partition>;

/** Works on what one fetch brought of a partition that is still pending. */
const visitFetch = async (
  consumer: Consumer,
  { topic, isHandling, visit }: WalkOptions,
  { payload, pending }: Readonly<{ payload: EachBatchPayload; pending: Pending }>,
): Promise<void> => {
  const { batch } = payload;
  const { partition } = batch;
  const walked = pending.get(partition);
  if (walked === undefined) return;
  const { handled, firsts } = walked;
  skipGaps(walked, batch);
  const letters = batch.messages
    .filter(({ offset }) => Number(offset) >= walked.next && Number(offset) < walked.end)
    .filter(({ offset }) => !handled.has(Number(offset)))
    .map((message) => toDeadLetter({ ...message, partition }));
  const commit = () =>
    isHandling
      ? consumer.commitOffsets([{ topic, partition, ...handled.toPosition() }])
      : Promise.resolve();
  const first = letters.filter((letter) => firsts.isFirst(letter));
  await visit({ partition, letters: first, handled, commit, heartbeat: () => payload.heartbeat() });
  // A copy is handled with its first one and not before: compaction may leave the copy alone.
  const copies = letters.filter(({ offset }) => !handled.has(offset));
  const handledCopies = copies.filter((copy) => handled.has(firsts.offsetOf(copy)));
  for (const { offset } of handledCopies) handled.add(offset);
  if (handledCopies.length > 0) await commit();
  payload.resolveOffset(batch.lastOffset());
  // After a seek a fetch may come twice.
  walked.next = Math.max(walked.next, Number(batch.lastOffset()) + 1);
  if (walked.next >= walked.end) pending.delete(partition);
};

/**
 * Visits the pending partitions that this member of the group is assigned, until the end or the
 * signal.
 */
const consume = async (
  consumer: Consumer,
  options: WalkOptions,
  pending: Pending,
): Promise<void> => {
  const { topic, signal } = options;
  const finished = Promise.withResolvers<undefined>();
  let isOver = false;
  let visiting = Promise.resolve();
  let assigned: readonly number[] = [...pending.keys()];

  const finish = (): void => {
    isOver = true;
    // A visit commits what it did, and cannot once the consumer has left the group.
    void visiting.then(() => finished.resolve(undefined));
  };
  const finishAtEnd = (): void => {
    if (!assigned.some((partition) => pending.has(partition))) finish();
  };
  const fail = (error: unknown): void => {
    isOver = true;
    finished.reject(error);
  };
  const visitNext = async (payload: EachBatchPayload): Promise<void> => {
    if (!isOver) await visitFetch(consumer, options, { payload, pending });
  };

  consumer.on('consumer.crash', ({ payload }) => fail(payload.error));
  // Where two processes join at once, each gets a part of the partitions.
  consumer.on('consumer.group_join', ({ payload }) => {
    assigned = payload.memberAssignment[topic] ?? [];
    finishAtEnd();
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    eachBatch: async (payload) => {
      visiting = visitNext(payload).catch(fail);
      await visiting;
      finishAtEnd();
    },
  });
  for (const [partition, { next }] of pending)
    consumer.seek({ topic, partition, offset: String(next) });
  signal?.addEventListener('abort', finish, { once: true });
  if (signal?.aborted) finish();
  await finished.promise;
};
