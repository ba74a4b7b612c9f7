import type { TopicPartitionOffset } from 'kafkajs';
import { OffsetTracker } from './offset-tracker.ts';
import type { Start } from './starting-offsets.ts';

type Partition = {
  readonly topic: string;
  readonly partition: number;
  /** Where the group began. */
  readonly start: number;
  /** The offset committed in Kafka; -1 if there is none. */
  committed: number;
  tracker: OffsetTracker;
  owner: object | undefined;
};

/** The partitions of each topic that Kafka assigned to a member. */
export type Assignment = Readonly<Record<string, readonly number[]>>;

/**
 * The progress of a consumer group in each partition: what has ended, what is committed in Kafka,
 * and which member owns the partition. The members of a group share it.
 */
export class PartitionOffsets {
  readonly #partitions: readonly Partition[];

  constructor(starts: readonly Start[]) {
    this.#partitions = starts.map(({ topic, partition, offset, isNew }) => ({
      topic,
      partition,
      start: offset,
      committed: isNew ? -1 : offset,
      tracker: new OffsetTracker(offset),
      owner: undefined,
    }));
  }

  /**
   * What has ended in a partition. A member that no longer owns it keeps tracking its records
   * without effect.
   */
  trackerOf(owner: object, topic: string, partition: number): OffsetTracker {
    const found = this.#find(topic, partition);
    return found.owner === owner ? found.tracker : new OffsetTracker(0);
  }

  /**
   * Makes a member the owner of exactly these partitions. What is not committed in them is
   * delivered again.
   */
  assign(owner: object, assignment: Assignment): void {
    this.release(owner);
    for (const [topic, partitions] of Object.entries(assignment)) {
      for (const partition of partitions) {
        const assigned = this.#find(topic, partition);
        startOver(assigned);
        assigned.owner = owner;
      }
    }
  }

  /** Removes a member's partitions; the results of its records in flight are ignored. */
  release(owner: object): void {
    for (const partition of this.#ownedBy(owner)) {
      startOver(partition);
      partition.owner = undefined;
    }
  }

  /** Where the group begins in partitions of a member that have no commit in Kafka yet. */
  neverCommitted(owner: object): TopicPartitionOffset[] {
    return this.#ownedBy(owner)
      .filter(({ committed }) => committed < 0)
      .map(toCommit);
  }

  /** What a member has to commit to Kafka. */
  uncommitted(owner: object): TopicPartitionOffset[] {
    return this.#ownedBy(owner)
      .filter(({ tracker, committed }) => tracker.position !== committed)
      .map(toCommit);
  }

  /** Records what any member has committed to Kafka. */
  markCommitted(offsets: readonly TopicPartitionOffset[]): void {
    for (const { topic, partition, offset } of offsets) {
      const found = this.#find(topic, partition);
      found.committed = Math.max(found.committed, Number(offset));
      found.tracker.skipTo(found.committed);
    }
  }

  /** How many records of a topic have not ended, given where its partitions end. */
  lag(topic: string, ends: readonly Readonly<{ partition: number; high: string }>[]): number {
    return ends
      .map(({ partition, high }) => Number(high) - this.#find(topic, partition).tracker.position)
      .reduce((sum, behind) => sum + Math.max(0, behind), 0);
  }

  #ownedBy(owner: object): readonly Partition[] {
    return this.#partitions.filter((partition) => partition.owner === owner);
  }

  #find(topic: string, partition: number): Partition {
    const found = this.#partitions.find(
      (entry) => entry.partition === partition && entry.topic === topic,
    );
    if (found) return found;
    throw new Error(`Partition ${partition} of ${topic} was added while we run; start again`);
  }
}

const toCommit = ({ topic, partition, tracker }: Partition): TopicPartitionOffset => ({
  topic,
  partition,
  offset: String(tracker.position),
});

/**
 * Resets to what is committed, or to where the group began in a partition that never had a commit.
 */
const startOver = (partition: Partition): void => {
  partition.tracker = new OffsetTracker(Math.max(partition.committed, partition.start));
};
