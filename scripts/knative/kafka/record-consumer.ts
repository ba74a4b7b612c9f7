import { setMaxListeners } from 'node:events';
import type { Admin, EachBatchPayload, KafkaConfig } from 'kafkajs';
import { eventually } from '#scripts/services/eventually.ts';
import { retryUntilReady } from '#shared/eventing/kafka/retry-until-ready.ts';
import { InFlightWindow } from './in-flight-window.ts';
import { LastingConsumer, type SeverableConsumer } from './lasting-consumer.ts';
import type { OffsetTracker } from './offset-tracker.ts';
import type { Assignment, PartitionOffsets } from './partition-offsets.ts';
import { PartitionQueue } from './partition-queue.ts';
import type { KafkaRecord } from './record-to-event.ts';
import { severableKafka } from './severable-kafka.ts';

type Options = Readonly<{
  client: KafkaConfig;
  admin: Admin;
  groupId: string;
  topics: readonly string[];
  /** The progress of the group; its members share it. */
  offsets: PartitionOffsets;
  /**
   * Ordered: one record of a partition at a time. Unordered: 50 to 99 records at a time, whatever
   * their partition.
   */
  isOrdered: boolean;
  /** The records of a poll that are dropped before they are converted. */
  lostIn: (poll: readonly KafkaRecord[]) => ReadonlySet<KafkaRecord>;
  /** Processes a record to its end. Rejects only when the consumer stops in between. */
  process: (record: KafkaRecord, stopping: AbortSignal) => Promise<void>;
}>;

type Poll = Readonly<{
  topic: string;
  partition: number;
  tracker: OffsetTracker;
  poll: readonly KafkaRecord['message'][];
}>;

/**
 * Knative's `max.poll.records`: how many records one poll returns, and below how many in flight the
 * next poll starts.
 */
const POLL_RECORDS_MAX = 50;
const COMMIT_EVERY_MS = 5_000;
const HEARTBEAT_EVERY_MS = 3_000;
const STOP_TIMEOUT_MS = 10_000;
const QUEUE_MAX = 200;

/**
 * A member of a consumer group that consumes as Knative's dispatcher does. Every five seconds, when
 * partitions are revoked and at the end, it commits each partition up to the first record that has
 * not ended. Records after that are redelivered after a rebalance or a crash, even while their
 * first delivery is in flight.
 */
export class RecordConsumer {
  readonly #options: Options;
  readonly #consumer: LastingConsumer;
  readonly #window = new InFlightWindow();
  readonly #stopping = new AbortController();
  readonly #queues = new Map<string, PartitionQueue>();
  #commits: NodeJS.Timeout | undefined;

  private constructor(options: Options) {
    this.#options = options;
    this.#consumer = new LastingConsumer({
      create: () => createConsumer(options),
      topics: options.topics,
      onJoin: (assignment) => this.#startOver(assignment),
      onRevoke: () => void this.#commit(),
      onBatch: (payload) =>
        options.isOrdered ? this.#takeOrdered(payload) : this.#takeUnordered(payload),
    });
    setMaxListeners(0, this.#stopping.signal);
  }

  /** Joins the group; resolves once it fetches records. */
  static async start(options: Options): Promise<RecordConsumer> {
    const consumer = new RecordConsumer(options);
    await consumer.#run();
    return consumer;
  }

  get inFlight(): number {
    return this.#window.count;
  }

  /**
   * Fetches no more records, waits for requests in flight but not for retries, and commits what has
   * ended.
   */
  async stop(): Promise<void> {
    await this.#finish();
    await this.#consumer.stop();
    this.#release();
  }

  /**
   * Ends as a dispatcher does on SIGTERM: like `stop`, but without leaving the group, since the
   * real process is gone before its consumers are closed. Its partitions are not delivered until
   * its session times out.
   */
  async terminate(): Promise<void> {
    await this.#finish();
    this.#consumer.vanish();
    this.#release();
  }

  /**
   * Ends as a dispatcher does on SIGKILL: nothing is committed, and Kafka waits for its session to
   * time out.
   */
  abandon(): Promise<void> {
    this.#halt();
    this.#consumer.vanish();
    this.#release();
    return Promise.resolve();
  }

  async #finish(): Promise<void> {
    this.#halt();
    await eventually(() => this.inFlight === 0, { timeoutMs: STOP_TIMEOUT_MS });
    await this.#commit();
  }

  #release(): void {
    this.#options.offsets.release(this);
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  #halt(): void {
    this.#stopping.abort();
    clearInterval(this.#commits);
    this.#consumer.pause();
  }

  async #run(): Promise<void> {
    await this.#consumer.start();
    await this.#commit();
    this.#commits = setInterval(() => void this.#commit(), COMMIT_EVERY_MS);
  }

  /**
   * After each rebalance Kafka redelivers what is not committed, so the results of records in
   * progress no longer count.
   */
  #startOver(assignment: Assignment): void {
    const { offsets } = this.#options;
    offsets.assign(this, assignment);
    this.#queues.forEach((queue) => queue.drop());
    this.#queues.clear();
    for (const { topic, partition, offset } of offsets.neverCommitted(this)) {
      this.#consumer.seek({ topic, partition, offset });
    }
    void this.#learnCommitted();
  }

  /** A commit whose answer was lost counts, too: Kafka does not redeliver what is before it. */
  async #learnCommitted(): Promise<void> {
    const { admin, groupId, topics, offsets } = this.#options;
    await retryUntilReady(() => admin.fetchOffsets({ groupId, topics: [...topics] })).then(
      (committed) =>
        offsets.markCommitted(
          committed.flatMap(({ topic, partitions }) =>
            partitions.map(({ partition, offset }) => ({ topic, partition, offset })),
          ),
        ),
      // Kafka is unavailable; the member joins again and retries once it is available.
      () => undefined,
    );
  }

  async #takeUnordered({ batch, ...payload }: EachBatchPayload): Promise<void> {
    const { topic, partition, messages } = batch;
    const tracker = this.#options.offsets.trackerOf(this, topic, partition);
    for (let first = 0; first < messages.length; first += POLL_RECORDS_MAX) {
      while (!(await this.#hasRoom())) await payload.heartbeat();
      if (this.#isStopping() || payload.isStale()) return;
      const poll = messages.slice(first, first + POLL_RECORDS_MAX);
      for (const work of this.#workOn({ topic, partition, tracker, poll })) void work();
      payload.resolveOffset(poll.at(-1)?.offset ?? '');
      await payload.heartbeat();
    }
  }

  async #hasRoom(): Promise<boolean> {
    return this.#isStopping() || (await this.#window.hasRoom(POLL_RECORDS_MAX, HEARTBEAT_EVERY_MS));
  }

  #takeOrdered({ batch, ...payload }: EachBatchPayload): Promise<void> {
    const { topic, partition, messages } = batch;
    const tracker = this.#options.offsets.trackerOf(this, topic, partition);
    const queue = this.#queueOf(`${topic}/${partition}`);
    for (let first = 0; first < messages.length; first += POLL_RECORDS_MAX) {
      const poll = messages.slice(first, first + POLL_RECORDS_MAX);
      for (const work of this.#workOn({ topic, partition, tracker, poll })) queue.add(work);
    }
    payload.resolveOffset(messages.at(-1)?.offset ?? '');
    queue.throttle(() => payload.pause());
    return Promise.resolve();
  }

  #queueOf(key: string): PartitionQueue {
    const queue = this.#queues.get(key) ?? new PartitionQueue(QUEUE_MAX);
    this.#queues.set(key, queue);
    return queue;
  }

  /** Begins the records of a poll, in the order of their offsets; lost ones end at once. */
  #workOn({ topic, partition, tracker, poll }: Poll): (() => Promise<void>)[] {
    const records = poll.map((message) => ({ topic, partition, message }));
    const lost = this.#options.lostIn(records);
    return records.flatMap((record) => {
      const end = tracker.begin(Number(record.message.offset));
      if (!lost.has(record)) return [() => this.#work(record, end)];
      end();
      return [];
    });
  }

  async #work(record: KafkaRecord, end: () => void): Promise<void> {
    if (this.#isStopping()) return;
    this.#window.enter();
    try {
      await this.#options.process(record, this.#stopping.signal);
      end();
    } catch (error) {
      if (!this.#isStopping()) throw error;
    } finally {
      this.#window.leave();
    }
  }

  /** During a rebalance or while Kafka is unavailable a commit fails; the next one includes it. */
  async #commit(): Promise<void> {
    const { offsets } = this.#options;
    const uncommitted = offsets.uncommitted(this);
    if (uncommitted.length === 0) return;
    await this.#consumer.commit(uncommitted).then(
      () => offsets.markCommitted(uncommitted),
      () => undefined,
    );
  }
}

const createConsumer = ({ client, groupId, isOrdered }: Options): SeverableConsumer => {
  const { kafka, sever } = severableKafka(client);
  const consumer = kafka.consumer({
    groupId,
    sessionTimeout: 10_000,
    heartbeatInterval: HEARTBEAT_EVERY_MS,
    maxBytesPerPartition: 65_536,
    // How long an empty fetch takes, so that an idle platform uses little of the machine. kafkajs
    // also sleeps this long while every partition is paused, which happens under load in ordered
    // mode.
    maxWaitTimeInMs: isOrdered ? 200 : 1_000,
    allowAutoTopicCreation: false,
    retry: {
      initialRetryTime: 100,
      maxRetryTime: 1_000,
      restartOnFailure: () => Promise.resolve(false),
    },
  });
  return { consumer, sever };
};
