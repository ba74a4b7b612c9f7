import type { TopicPartitionOffset } from 'kafkajs';
import { OffsetTracker } from './offset-tracker.ts';
import type { Start } from './starting-offsets.ts';

type Partition = {
  readonly topic: string;
  readonly partition: number;
  committed: number;
  tracker: OffsetTracker;
};

/** How far a group is in each partition: what has ended, and what of that Kafka knows. */
export class PartitionOffsets {
  readonly #partitions: readonly Partition[];

  constructor(starts: readonly Start[]) {
    this.#partitions = starts.map(({ topic, partition, offset, isNew }) => ({
      topic,
      partition,
      committed: isNew ? -1 : offset,
      tracker: new OffsetTracker(offset),
    }));
  }

  trackerOf(topic: string, partition: number): OffsetTracker {
    return this.#find(topic, partition).tracker;
  }

  /** After a rebalance everything that is not committed comes again; what is still in work no longer counts. */
  startOver(): void {
    for (const partition of this.#partitions) {
      const { committed, tracker } = partition;
      partition.tracker = new OffsetTracker(committed < 0 ? tracker.position : committed);
    }
  }

  /** Where the group begins without Kafka knowing yet. */
  neverCommitted(): TopicPartitionOffset[] {
    return this.uncommitted().filter(
      ({ topic, partition }) => this.#find(topic, partition).committed < 0,
    );
  }

  /** What Kafka has to be told. */
  uncommitted(): TopicPartitionOffset[] {
    return this.#partitions
      .filter(({ tracker, committed }) => tracker.position !== committed)
      .map(({ topic, partition, tracker }) => ({
        topic,
        partition,
        offset: String(tracker.position),
      }));
  }

  markCommitted(offsets: readonly TopicPartitionOffset[]): void {
    for (const { topic, partition, offset } of offsets) {
      this.#find(topic, partition).committed = Number(offset);
    }
  }

  /** Records of a topic that have not ended, given where its partitions end. */
  lag(topic: string, ends: readonly Readonly<{ partition: number; high: string }>[]): number {
    return ends
      .map(({ partition, high }) => Number(high) - this.#find(topic, partition).tracker.position)
      .reduce((sum, behind) => sum + Math.max(0, behind), 0);
  }

  #find(topic: string, partition: number): Partition {
    const found = this.#partitions.find(
      (entry) => entry.partition === partition && entry.topic === topic,
    );
    if (found) return found;
    throw new Error(`Partition ${partition} of ${topic} was added while we run; start again`);
  }
}
