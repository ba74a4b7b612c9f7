/** One record in progress. */
type Slot = { readonly offset: number; isDone: boolean };

/**
 * Tracks the records of one partition that are in progress at once and end in any order. After a
 * crash, delivery restarts at the first one that has not ended. Offsets may have gaps, as
 * transactions and compaction leave them.
 */
export class OffsetTracker {
  readonly #slots: Slot[] = [];
  #head = 0;
  #position: number;

  constructor(position: number) {
    this.#position = position;
  }

  /** The offset to commit: everything below it has ended. */
  get position(): number {
    return this.#position;
  }

  /** Marks everything below an offset as ended, as Kafka does once it is committed. */
  skipTo(offset: number): void {
    this.#position = Math.max(this.#position, offset);
  }

  /** Starts a record, in the order of offsets; returns a function that ends it. */
  begin(offset: number): () => void {
    const slot: Slot = { offset, isDone: false };
    this.#slots.push(slot);
    return () => {
      slot.isDone = true;
      this.#advance();
    };
  }

  #advance(): void {
    while (this.#slots[this.#head]?.isDone) {
      this.skipTo((this.#slots[this.#head]?.offset ?? 0) + 1);
      this.#head += 1;
    }
    // Removing ended slots one by one would move the rest each time.
    if (this.#head > 1024) {
      this.#slots.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
