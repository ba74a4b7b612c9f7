/** Kinds of records that leave the database when they are old. */
export const retentionKinds = [
  'events',
  'questSteps',
  'orderProgress',
  'changeLog',
  'incentives',
  'redemptions',
  'refunds',
  'ledger',
  'unmatchedRecords',
] as const;

/** One of them. */
export type RetentionKind = (typeof retentionKinds)[number];

/**
 * How many months records are kept after the month in which they were recorded, by kind; null:
 * forever.
 */
export type Retention = Readonly<Record<RetentionKind, number | null>>;

/** The defaults for tenants that set no others; docs/decisions/0034 and 0037 explain them. */
export const defaultRetention: Retention = {
  events: 13,
  questSteps: 13,
  orderProgress: 13,
  changeLog: 84,
  incentives: 13,
  redemptions: 25,
  refunds: 25,
  ledger: null,
  unmatchedRecords: 25,
};

/** The shortest terms; of others, a month. */
export const shortestRetention: Partial<Record<RetentionKind, number>> = { ledger: 25 };
