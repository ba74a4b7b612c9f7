/** Incentives given: how many, and how much by unit. */
export type Tally = Readonly<{ count: number; amounts: Readonly<Record<string, number>> }>;

/**
 * What a subject has used in all, and on the days that were read: local days of the tenant,
 * 'YYYY-MM-DD'.
 */
export type Usage = Readonly<{
  total: Tally;
  days: Readonly<Record<string, Tally>>;
  /**
   * Of two states read under the lock of the subject, the later one has the greater version; 0
   * where nothing was read.
   */
  version: number;
  /**
   * Subjects that have the same usage: those of the other accounts of a user's customer. What is
   * used is what all of them have used.
   */
  sharedWith?: readonly string[];
}>;

/** A tally of nothing. */
export const noTally: Tally = { count: 0, amounts: {} };

/** Usage before anything was given. */
export const noUsage: Usage = { total: noTally, days: {}, version: 0 };
