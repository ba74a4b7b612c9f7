import type { SentFrame } from './inbox-message.ts';

/**
 * What the stream of an inbox means, in a plain list: the twin of the Redis script. A test takes
 * both through the same random appends and compares every answer.
 */
export class StreamTwin {
  #kept: SentFrame[] = [];

  /** Returns what is published: the frames above the last position, in the order given. */
  append(frames: readonly SentFrame[]): readonly SentFrame[] {
    const keptBefore = this.#kept.length;
    for (const frame of frames) if (frame.position > this.#last) this.#kept.push(frame);
    return this.#kept.slice(keptBefore);
  }

  /**
   * At most so many frames that follow a position; undefined where it lacks some, or has nothing.
   */
  after(position: number, max: number): readonly SentFrame[] | undefined {
    const reached = this.#kept.filter((frame) => frame.position >= position).slice(0, max + 1);
    const found = reached.filter((frame) => frame.position > position);
    const isWhole = found.every((frame, index) => frame.position === position + 1 + index);
    return reached.length > 0 && isWhole ? found.slice(0, max) : undefined;
  }

  /** Redis restarts empty, or the stream expires. */
  lose(): void {
    this.#kept = [];
  }

  get #last(): number {
    return this.#kept.at(-1)?.position ?? 0;
  }
}
