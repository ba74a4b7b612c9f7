/** A customer as a reader sees it. */
export type RankedCustomer = Readonly<{
  rank: number;
  customerId: string;
  points: number;
  /**
   * Ranks climbed since the snapshot before, negative when fallen; null when the customer had none
   * or it is not known.
   */
  movement: number | null;
  percentile: number;
}>;
