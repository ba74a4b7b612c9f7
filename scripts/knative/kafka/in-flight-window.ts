/** Counts what is in flight, and lets one caller wait until there is room for more. */
export class InFlightWindow {
  #count = 0;
  #waiting: { limit: number; resolve: (hasRoom: boolean) => void } | undefined;

  get count(): number {
    return this.#count;
  }

  enter(): void {
    this.#count += 1;
  }

  leave(): void {
    this.#count -= 1;
    if (this.#waiting && this.#count < this.#waiting.limit) this.#waiting.resolve(true);
  }

  /**
   * Resolves with true once fewer than the limit are in flight, with false if the time is up first.
   * Only one caller waits at a time.
   */
  async hasRoom(limit: number, timeoutMs: number): Promise<boolean> {
    if (this.#count < limit) return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#waiting = { limit, resolve };
    const timer = setTimeout(resolve, timeoutMs, false);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting = undefined;
    }
  }
}
