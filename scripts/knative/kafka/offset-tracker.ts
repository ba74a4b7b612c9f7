/** One record in work. */
type Slot = { readonly offset: number; isDone: boolean };

/**
 * Follows the records of one partition in work at once, which end in any order, and knows where a
 * crash would have to start again: at the first record that has not ended. Offsets may have gaps,
 * as transactions and compaction leave them.
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

  /** Counts everything below an offset as ended, as Kafka does once it is committed. */
  skipTo(offset: number): void {
    this.#position = Math.max(this.#position, offset);
  }

  /** Starts a record, in the order of offsets; returns how to end it. */
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
    // Dropping ended slots one by one would move the rest each time.
    if (this.#head > 1024) {
      this.#slots.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
