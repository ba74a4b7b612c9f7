import { randomUUID } from 'node:crypto';
import type { Admin, Batch, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { askPatiently } from '../ask-patiently.ts';
import { type DeadLetter, toDeadLetter } from './dead-letter.ts';
import { type FirstCopies, firstCopies } from './first-copies.ts';
import { type HandledLetters, handledLetters } from './handled-letters.ts';

/** Letters of one fetch that are not handled yet, oldest first. */
export type Letters = Readonly<{
  letters: readonly DeadLetter[];
  handled: HandledLetters;
  /** Commits what is handled now, for every later run. */
  commit: () => Promise<void>;
  /** Keeps the membership in the group while this fetch is worked on. */
  heartbeat: () => Promise<void>;
}>;

type Options = Readonly<{
  kafka: Kafka;
  topic: string;
  /** Whether letters get handled: only one process at a time may do so. Otherwise nothing is committed. */
  isHandling: boolean;
  /** Walks to this letter only. */
  only?: Place | undefined;
  /** Works on one fetch. */
  visit: (letters: Letters) => Promise<void>;
}>;

/** The consumer group that remembers which letters were sent again or dropped. */
const groupOf = (topic: string): string => `redrive.${topic}`;

/** Where a letter lies. */
export type Place = Readonly<{ partition: number; offset: number }>;

/** `next` and `end` limit what is still to be visited; `firsts` tells copies of a letter from the first one. */
type Partition = {
  readonly handled: HandledLetters;
  readonly firsts: FirstCopies;
  next: number;
  end: number;
};

const readPartitions = async (admin: Admin, topic: string): Promise<Map<number, Partition>> => {
  const ends = await askPatiently(() => admin.fetchTopicOffsets(topic));
  const [committed] = await askPatiently(() =>
    admin.fetchOffsets({ groupId: groupOf(topic), topics: [topic] }),
  );
  return new Map(
    ends.map(({ partition, low, high }) => {
      const found = committed?.partitions.find((entry) => entry.partition === partition);
      const position = found && { offset: found.offset, metadata: found.metadata ?? '' };
      const handled = handledLetters(position, Number(low));
      const limits = { next: handled.first(), end: Number(high) };
      return [partition, { handled, firsts: firstCopies(), ...limits }];
    }),
  );
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

/** A process that was killed stays a member until its session ends, after seconds. */
const assertAlone = async (admin: Admin, groupId: string): Promise<void> => {
  const { groups } = await admin.describeGroups([groupId]);
  if (groups.some(({ members }) => members.length > 0))
    throw new Error(
      `Another redrive is under way in the consumer group ${groupId}; one that was killed leaves it after ten seconds`,
    );
};

/**
 * Visits every letter of a topic that is not handled and that was there when the walk began, one fetch after the other, so that no more
 * than one is in memory. Of several copies of a letter it visits the first.
 * @throws Error when letters are to be handled while another process does so.
 */
export const walkLetters = async (options: Options): Promise<void> => {
  const { kafka, topic, isHandling } = options;
  const admin = kafka.admin();
  await admin.connect();
  try {
    const pending = pendingOf(await readPartitions(admin, topic), options.only);
    if (pending.size === 0) return;
    const groupId = isHandling ? groupOf(topic) : `redrive-${randomUUID()}`;
    if (isHandling) await assertAlone(admin, groupId);
    const consumer = kafka.consumer({ groupId, sessionTimeout: 10_000, maxWaitTimeInMs: 500 });
    try {
      await consume(consumer, options, pending);
    } finally {
      await consumer.disconnect();
    }
    if (!isHandling) await admin.deleteGroups([groupId]);
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

const consume = async (
  consumer: Consumer,
  { topic, isHandling, visit }: Options,
  pending: Map<number, Partition>,
): Promise<void> => {
  const finished = Promise.withResolvers<undefined>();
  const visitBatch = async (payload: EachBatchPayload): Promise<void> => {
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
    await visit({ letters: first, handled, commit, heartbeat: () => payload.heartbeat() });
    // A copy is handled with its first one and not before: compaction may leave the copy alone.
    const copies = letters.filter(({ offset }) => !handled.has(offset));
    const handledCopies = copies.filter((copy) => handled.has(firsts.offsetOf(copy)));
    for (const { offset } of handledCopies) handled.add(offset);
    if (handledCopies.length > 0) await commit();
    payload.resolveOffset(batch.lastOffset());
    // After a seek a fetch may come twice.
    walked.next = Math.max(walked.next, Number(batch.lastOffset()) + 1);
    if (walked.next >= walked.end) pending.delete(partition);
    if (pending.size === 0) finished.resolve(undefined);
  };
  const fail = (error: unknown): void => {
    pending.clear();
    finished.reject(error);
  };

  consumer.on('consumer.crash', ({ payload }) => fail(payload.error));
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    eachBatch: (payload) => visitBatch(payload).catch(fail),
  });
  for (const [partition, { next }] of pending)
    consumer.seek({ topic, partition, offset: String(next) });
  await finished.promise;
};
