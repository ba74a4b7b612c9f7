import { type PendingRequest, queueFull } from './pending-request.ts';
import type { Pod } from './pod.ts';
import type { Scale } from './scale-of.ts';

const ACTIVATOR_QUEUE_MAX = 10_000;

type CreatePod = (ordinal: number, onSlot: () => void) => Promise<Pod>;

/**
 * The pods of a function behind an activator: while no pod is ready, up to 10,000 requests wait
 * until one is, and the first request starts one if none is running. Otherwise a request goes to
 * the least busy pod.
 */
export class Revision {
  readonly #scale: Scale;
  readonly #createPod: () => Promise<Pod>;
  #pods: readonly Pod[] = [];
  readonly #waiting = new Set<PendingRequest>();
  #hasTraffic = false;
  #isStopped = false;
  #lastBusyMs = Number.NEGATIVE_INFINITY;

  private constructor(scale: Scale, createPod: CreatePod) {
    this.#scale = scale;
    let created = 0;
    this.#createPod = () => createPod((created += 1) - 1, () => this.#sendWaiting());
  }

  /**
   * @param createPod creates the pod of an ordinal from 0, which calls `onSlot` when a slot becomes
   * free.
   */
  static async prepare(scale: Scale, createPod: CreatePod): Promise<Revision> {
    const revision = new Revision(scale, createPod);
    const podsMax = Math.max(scale.initial, scale.activation);
    revision.#pods = await Promise.all(Array.from({ length: podsMax }, revision.#createPod));
    return revision;
  }

  get pods(): readonly Pod[] {
    return this.#pods;
  }

  accept(request: PendingRequest): void {
    this.#hasTraffic = true;
    const pod = this.#leastBusy();
    if (pod) pod.breaker.add(request);
    else if (this.#waiting.size >= ACTIVATOR_QUEUE_MAX) request.reject(503, queueFull);
    else {
      this.#waiting.add(request);
      this.#wake();
    }
  }

  /** Removes a request from the queue that it waits in, if it does. */
  withdraw(request: PendingRequest): void {
    this.#waiting.delete(request);
    for (const { breaker } of this.#pods) breaker.withdraw(request);
  }

  /**
   * Starts `initial-scale` pods.
   * @throws Error with the end of its log when one does not become ready.
   */
  async start(): Promise<void> {
    await Promise.all(this.#pods.slice(0, this.#scale.initial).map((pod) => pod.start()));
  }

  /**
   * Replaces the oldest pod as a rollout does: it stops once another one is ready. Resolves when it
   * has.
   */
  async replaceOldest(): Promise<void> {
    const oldest = this.#pods.find(({ state }) => state() === 'ready');
    if (oldest === undefined) return;
    const next = await this.#createPod();
    this.#pods = [...this.#pods, next];
    await next.start();
    await oldest.stop();
    this.#pods = this.#pods.filter((pod) => pod !== oldest);
    await oldest.close();
  }

  /** Stops every pod once its requests in flight are answered. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#pods.map((pod) => pod.stop()));
    await Promise.all(this.#pods.map((pod) => pod.close()));
  }

  /**
   * Stops the pods beyond `min-scale` if there was no request for `idleMs`. Called at intervals.
   * @returns how many it stopped.
   */
  async stopIdle(nowMs: number, idleMs: number): Promise<number> {
    const isBusy = this.#hasTraffic || this.#pods.some(({ breaker }) => breaker.inFlight > 0);
    this.#hasTraffic = false;
    if (isBusy || this.#lastBusyMs === Number.NEGATIVE_INFINITY) this.#lastBusyMs = nowMs;
    if (nowMs - this.#lastBusyMs < idleMs) return 0;
    const idle = this.#pods.filter(({ state }) => state() === 'ready').slice(this.#scale.min);
    await Promise.all(idle.map((pod) => pod.stop()));
    // Requests that arrived meanwhile found no stopped pod to start.
    if (this.#waiting.size > 0) this.#wake();
    return idle.length;
  }

  #leastBusy(): Pod | undefined {
    let least: Pod | undefined;
    for (const pod of this.#pods) {
      if (pod.state() !== 'ready') continue;
      if (!least || pod.breaker.inFlight < least.breaker.inFlight) least = pod;
    }
    return least;
  }

  #sendWaiting(): void {
    for (const request of this.#waiting) {
      const pod = this.#leastBusy();
      if (!pod?.breaker.hasSlot) return;
      this.#waiting.delete(request);
      pod.breaker.add(request);
    }
  }

  #wake(): void {
    const coming = ['starting', 'ready', 'terminating'];
    const isComing = this.#pods.some(({ state }) => coming.includes(state()));
    if (isComing || this.#isStopped) return;
    const stopped = this.#pods.filter(({ state }) => state() === 'stopped');
    for (const pod of stopped.slice(0, this.#scale.activation)) pod.wake();
  }
}
