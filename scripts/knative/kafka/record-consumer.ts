import { setMaxListeners } from 'node:events';
import type { Admin, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { eventually } from '#scripts/services/eventually.ts';
import { askPatiently } from '#shared/eventing/ask-patiently.ts';
import { InFlightWindow } from './in-flight-window.ts';
import { LastingConsumer } from './lasting-consumer.ts';
import { PartitionOffsets } from './partition-offsets.ts';
import { PartitionQueue } from './partition-queue.ts';
import type { KafkaRecord } from './record-to-event.ts';
import { type Start, startingOffsets } from './starting-offsets.ts';

type Options = Readonly<{
  kafka: Kafka;
  admin: Admin;
  groupId: string;
  topics: readonly string[];
  initialOffset: 'earliest' | 'latest';
  /** Ordered: one record of a partition at a time. Unordered: 50 to 99 records at a time, whatever their partition. */
  isOrdered: boolean;
  /** Ends a record for good. Rejects only when the consumer stops in between. */
  process: (record: KafkaRecord, stopping: AbortSignal) => Promise<void>;
}>;

/** Knative's `max.poll.records`: what one poll brings, and below how many in flight the next poll starts. */
const POLL_RECORDS_MAX = 50;
const COMMIT_EVERY_MS = 5_000;
const HEARTBEAT_EVERY_MS = 3_000;
const STOP_TIMEOUT_MS = 10_000;
const QUEUE_MAX = 200;

/**
 * The one member of a consumer group, consuming as Knative's dispatcher does: nothing is committed before it has ended;
 * every five seconds and at the end the first gap of each partition is; whatever lies beyond comes again after a crash.
 */
export class RecordConsumer {
  readonly #options: Options;
  readonly #consumer: LastingConsumer;
  readonly #offsets: PartitionOffsets;
  readonly #window = new InFlightWindow();
  readonly #stopping = new AbortController();
  readonly #queues = new Map<string, PartitionQueue>();
  #commits: NodeJS.Timeout | undefined;

  private constructor(options: Options, starts: readonly Start[]) {
    this.#options = options;
    this.#offsets = new PartitionOffsets(starts);
    this.#consumer = new LastingConsumer({
      create: () => createConsumer(options),
      topics: options.topics,
      onJoin: () => this.#startOver(),
      onBatch: (payload) =>
        options.isOrdered ? this.#takeOrdered(payload) : this.#takeUnordered(payload),
    });
    setMaxListeners(0, this.#stopping.signal);
  }

  /** Joins the group; resolves once records flow. */
  static async start(options: Options): Promise<RecordConsumer> {
    const consumer = new RecordConsumer(options, await startingOffsets(options.admin, options));
    await consumer.#run();
    return consumer;
  }

  get inFlight(): number {
    return this.#window.count;
  }

  /** How many records of its topics have not ended yet. */
  async lag(): Promise<number> {
    const { admin, topics } = this.#options;
    const lags = topics.map(async (topic) =>
      this.#offsets.lag(topic, await askPatiently(() => admin.fetchTopicOffsets(topic))),
    );
    return (await Promise.all(lags)).reduce((sum, lag) => sum + lag, 0);
  }

  /** Takes no more records, waits for requests in flight but not for retries, and commits what has ended. */
  async stop(): Promise<void> {
    this.#halt();
    await eventually(() => this.inFlight === 0, { timeoutMs: STOP_TIMEOUT_MS });
    await this.#commit();
    await this.#consumer.stop();
  }

  /** Goes as in a crash: what is not committed by now comes again. */
  async abandon(): Promise<void> {
    this.#halt();
    await this.#consumer.stop();
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

  /** After each rebalance Kafka sends again what is not committed, so results of what is still in work no longer count. */
  #startOver(): void {
    this.#offsets.startOver();
    this.#queues.forEach((queue) => queue.drop());
    this.#queues.clear();
    for (const { topic, partition, offset } of this.#offsets.neverCommitted()) {
      this.#consumer.seek({ topic, partition, offset });
    }
  }

  async #takeUnordered({ batch, ...payload }: EachBatchPayload): Promise<void> {
    const { topic, partition, messages } = batch;
    const tracker = this.#offsets.trackerOf(topic, partition);
    for (let first = 0; first < messages.length; first += POLL_RECORDS_MAX) {
      while (!(await this.#hasRoom())) await payload.heartbeat();
      if (this.#isStopping() || payload.isStale()) return;
      const poll = messages.slice(first, first + POLL_RECORDS_MAX);
      for (const message of poll) {
        void this.#work({ topic, partition, message }, tracker.begin(Number(message.offset)));
      }
      payload.resolveOffset(poll.at(-1)?.offset ?? '');
      await payload.heartbeat();
    }
  }

  async #hasRoom(): Promise<boolean> {
    return this.#isStopping() || (await this.#window.hasRoom(POLL_RECORDS_MAX, HEARTBEAT_EVERY_MS));
  }

  #takeOrdered({ batch, ...payload }: EachBatchPayload): Promise<void> {
    const { topic, partition, messages } = batch;
    const tracker = this.#offsets.trackerOf(topic, partition);
    const queue = this.#queueOf(`${topic}/${partition}`);
    for (const message of messages) {
      const end = tracker.begin(Number(message.offset));
      queue.add(() => this.#work({ topic, partition, message }, end));
      payload.resolveOffset(message.offset);
    }
    queue.throttle(() => payload.pause());
    return Promise.resolve();
  }

  #queueOf(key: string): PartitionQueue {
    const queue = this.#queues.get(key) ?? new PartitionQueue(QUEUE_MAX);
    this.#queues.set(key, queue);
    return queue;
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

  /** During a rebalance or without Kafka a commit fails; the next one says the same and more. */
  async #commit(): Promise<void> {
    const offsets = this.#offsets.uncommitted();
    if (offsets.length === 0) return;
    await this.#consumer.commit(offsets).then(
      () => this.#offsets.markCommitted(offsets),
      () => undefined,
    );
  }
}

const createConsumer = ({ kafka, groupId, isOrdered }: Options): Consumer =>
  kafka.consumer({
    groupId,
    sessionTimeout: 10_000,
    heartbeatInterval: HEARTBEAT_EVERY_MS,
    maxBytesPerPartition: 65_536,
    // kafkajs also sleeps this long while every partition is paused, which in ordered mode happens under load.
    maxWaitTimeInMs: isOrdered ? 100 : 500,
    allowAutoTopicCreation: false,
    retry: {
      initialRetryTime: 100,
      maxRetryTime: 1_000,
      restartOnFailure: () => Promise.resolve(false),
    },
  });
