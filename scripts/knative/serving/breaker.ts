import { type PendingRequest, type PodAddress, queueFull } from './pending-request.ts';

const QUEUE_PER_SLOT = 10;

type Options = Readonly<{
  /** `containerConcurrency`: requests in the container at once; 0 is no limit. */
  concurrency: number;
  pod: PodAddress;
  /** Called when a slot becomes free and the queue is empty. */
  onSlot: () => void;
}>;

/**
 * queue-proxy's limits: `concurrency` requests at once, ten times as many in a queue, 503 for the
 * rest.
 */
export class Breaker {
  readonly #options: Options;
  readonly #queue = new Set<PendingRequest>();
  #active = 0;
  #upgraded = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Requests in the container and in the queue. */
  get inFlight(): number {
    return this.#active + this.#queue.size;
  }

  /** Requests in flight without upgraded connections. */
  get unanswered(): number {
    return this.inFlight - this.#upgraded;
  }

  get hasSlot(): boolean {
    const { concurrency } = this.#options;
    return concurrency === 0 || this.#active < concurrency;
  }

  add(request: PendingRequest): void {
    const queueMax = this.#options.concurrency * QUEUE_PER_SLOT;
    if (this.hasSlot) this.#send(request);
    else if (this.#queue.size < queueMax) this.#queue.add(request);
    else request.reject(503, queueFull);
  }

  /** Removes a request from the queue. */
  withdraw(request: PendingRequest): void {
    this.#queue.delete(request);
  }

  #send(request: PendingRequest): void {
    this.#active += 1;
    if (request.isUpgrade) this.#upgraded += 1;
    request.send(this.#options.pod, () => this.#done(request));
  }

  #done({ isUpgrade }: PendingRequest): void {
    this.#active -= 1;
    if (isUpgrade) this.#upgraded -= 1;
    const [next] = this.#queue;
    if (next === undefined) {
      this.#options.onSlot();
      return;
    }
    this.#queue.delete(next);
    this.#send(next);
  }
}
