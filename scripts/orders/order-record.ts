/** A record for the topic `orders`, with what only its generator knows about it. */
export type OrderRecord = Readonly<{
  /** The Kafka key: the customer, so that a customer's orders share a partition. */
  key: string;
  /** Plain JSON, or what a broken producer writes; null is a tombstone. */
  value: Buffer | null;
  /**
   * `order` earns, `duplicate` repeats an earlier order and must earn nothing, `refusable` must end
   * as a dead letter.
   */
  kind: 'order' | 'duplicate' | 'refusable';
  /** What is wrong with a refusable record. */
  defect?: string;
}>;
