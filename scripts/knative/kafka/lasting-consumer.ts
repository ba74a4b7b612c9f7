import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, TopicPartitionOffset } from 'kafkajs';
import type { Assignment } from './partition-offsets.ts';

/** A consumer and how to cut its connections, after which it cannot even leave its group. */
export type SeverableConsumer = Readonly<{ consumer: Consumer; sever: () => void }>;

type Options = Readonly<{
  create: () => SeverableConsumer;
  topics: readonly string[];
  /** Called after each join, the first one and those of rebalances, before records are fetched. */
  onJoin: (assignment: Assignment) => void;
  /** Called when a rebalance begins: the last chance to commit what this member owns. */
  onRevoke: () => void;
  onBatch: (payload: EachBatchPayload) => Promise<void>;
}>;

const REPLACE_AFTER_MS = 500;
/**
 * Three session timeouts: a member that has neither fetched nor sent a heartbeat for so long is no
 * longer in the group, either.
 */
const SILENCE_MAX_MS = 30_000;
const LOOK_EVERY_MS = 1_000;

/**
 * A member of a consumer group that survives restarts of its broker. kafkajs gives up on some
 * errors of a restarting Kafka, sometimes without reporting it; a consumer that crashed or became
 * silent is replaced until one works.
 */
export class LastingConsumer {
  readonly #options: Options;
  readonly #joined = Promise.withResolvers<true>();
  #current: SeverableConsumer;
  #lastSign = performance.now();
  #watch: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: Options) {
    this.#options = options;
    this.#current = options.create();
  }

  get #consumer(): Consumer {
    return this.#current.consumer;
  }

  /** Resolves after the first join. */
  async start(): Promise<void> {
    this.#watch = setInterval(() => {
      if (performance.now() - this.#lastSign > SILENCE_MAX_MS) this.#replace(this.#consumer);
    }, LOOK_EVERY_MS);
    void this.#run(this.#consumer);
    await this.#joined.promise;
  }

  seek(position: TopicPartitionOffset): void {
    this.#consumer.seek(position);
  }

  /** Rejects while there is no Kafka to commit to, and during a rebalance. */
  commit(offsets: TopicPartitionOffset[]): Promise<void> {
    return this.#consumer.commitOffsets(offsets);
  }

  /** Fetches no more, so that stopping does not read the same records over and over. */
  pause(): void {
    try {
      this.#consumer.pause(this.#options.topics.map((topic) => ({ topic })));
    } catch {
      // It has not joined, or has just crashed: then it fetches nothing, anyway.
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#watch);
    await this.#consumer.disconnect();
  }

  /**
   * Ends without leaving the group, like a killed process: Kafka notices when the session times
   * out.
   */
  vanish(): void {
    this.#isStopped = true;
    clearInterval(this.#watch);
    this.#current.sever();
    this.#disconnect();
  }

  /** Not awaited: the old consumer is no longer used, whether or not it disconnects cleanly. */
  #disconnect(): void {
    this.#consumer.disconnect().catch(() => undefined);
  }

  async #run(consumer: Consumer): Promise<void> {
    if (this.#isStopped) return;
    const joined = Promise.withResolvers<true>();
    const sign = () => {
      this.#lastSign = performance.now();
    };
    sign();
    consumer.on('consumer.heartbeat', sign);
    consumer.on('consumer.fetch', sign);
    consumer.on('consumer.group_join', ({ payload }) => {
      if (consumer !== this.#consumer || this.#isStopped) return;
      sign();
      joined.resolve(true);
      this.#options.onJoin(payload.memberAssignment);
    });
    consumer.on('consumer.rebalancing', () => {
      if (consumer === this.#consumer && !this.#isStopped) this.#options.onRevoke();
    });
    consumer.on('consumer.crash', () => this.#replace(consumer));
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [...this.#options.topics], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => this.#options.onBatch(payload),
      });
      // Only now: a commit between joining and running would be refused.
      void joined.promise.then(this.#joined.resolve);
    } catch {
      // Kafka is unavailable, or is not ready yet: the next consumer tries again.
      this.#replace(consumer);
    }
  }

  /**
   * Each consumer is replaced once, whatever reported its end; errors while it disconnects are
   * ignored.
   */
  #replace(consumer: Consumer): void {
    if (this.#isStopped || consumer !== this.#consumer) return;
    this.#disconnect();
    this.#current = this.#options.create();
    this.#lastSign = performance.now();
    void sleep(REPLACE_AFTER_MS).then(() => this.#run(this.#consumer));
  }
}
