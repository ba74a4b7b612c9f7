/** Runs tasks one after the other, and requests a pause of its supply while too many wait. */
export class PartitionQueue {
  readonly #waitingMax: number;
  #waiting = 0;
  #tail: Promise<void> = Promise.resolve();
  #resume: (() => void) | undefined;
  #isDropped = false;

  constructor(waitingMax: number) {
    this.#waitingMax = waitingMax;
  }

  /** Appends a task, which handles its own errors. */
  add(task: () => Promise<void>): void {
    this.#waiting += 1;
    this.#tail = this.#tail
      .then(() => (this.#isDropped ? undefined : task()))
      .finally(() => this.#ended());
  }

  /** Calls `pause` when too many wait, and the function that it returned once few do again. */
  throttle(pause: () => () => void): void {
    if (this.#waiting > this.#waitingMax && !this.#resume) this.#resume = pause();
  }

  /** Forgets the tasks that have not begun. */
  drop(): void {
    this.#isDropped = true;
    this.#resume?.();
    this.#resume = undefined;
  }

  #ended(): void {
    this.#waiting -= 1;
    if (this.#waiting > this.#waitingMax / 2) return;
    this.#resume?.();
    this.#resume = undefined;
  }
}
