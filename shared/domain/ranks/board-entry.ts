/** What one customer has on a board. */
export type BoardEntry = Readonly<{
  customerId: string;
  points: number;
  /**
   * The latest event time that changed the points: on an ordinal board the smaller one comes first.
   */
  reachedAt: Date;
}>;
